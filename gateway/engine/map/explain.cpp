#include "gateway/engine/map/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "gateway/engine/map/line_index.h"
#include "gateway/engine/map/map_code.h"

namespace gateway {

namespace {

using LeafKey = std::uint64_t;

LeafKey key_of(const SourceNode& node) {
    return (LeafKey{node.document} << 32U) | node.node;
}

// Which target elements hold a leaf, by walking the finished target once.
std::unordered_map<LeafKey, std::vector<NodeId>> targets_by_leaf(const MapResult& result) {
    std::unordered_map<LeafKey, std::vector<NodeId>> targets;
    const Document& target = result.target;
    std::vector<NodeId> open = {target.root()};
    for (std::size_t i = 0; i < open.size(); ++i) {
        const NodeId node = open[i];
        if (result.trace.origin(node) == MapTrace::Origin::value) {
            for (const SourceNode& source : result.trace.sources(node)) {
                targets[key_of(source)].push_back(node);
            }
        }
        for (NodeId at = target.first_child(node); at != no_node; at = target.next(at)) {
            open.push_back(at);
        }
    }
    return targets;
}

class LedgerWriter {
public:
    explicit LedgerWriter(const RunView& view)
        : view_(view),
          out_(view.result.target.shared_names()),
          targets_(targets_by_leaf(view.result)) {
        for (const MapInput& input : view.inputs) {
            lines_.emplace_back(input.original);
        }
    }

    Document write();

private:
    void counts();
    void leaf(std::uint32_t input, NodeId node, NodeId parent);
    void text(NodeId parent, std::string_view name, std::string_view value);
    void number(NodeId parent, std::string_view name, std::uint64_t value);

    const RunView& view_;
    Document out_;
    std::unordered_map<LeafKey, std::vector<NodeId>> targets_;
    std::vector<LineIndex> lines_;  // one an input
};

std::string path_in(const RunView& view, const Document& document, NodeId node) {
    return view.source_path ? view.source_path(document, node) : document.path(node);
}

Position position_in(const MapInput& input, NodeId node) {
    return input.original.empty() ? Position{}
                                  : position_at(input.original, input.document.source(node).offset);
}

Document LedgerWriter::write() {
    text(out_.root(), "map", view_.map_url);
    text(out_.root(), "digest", view_.maps.digest(view_.map_url));
    counts();
    for (std::uint32_t input = 0; input < view_.inputs.size(); ++input) {
        const Document& source = view_.inputs[input].document;
        for (const NodeId node : leaves(source, source.root())) {
            leaf(input, node, out_.root());
        }
    }
    return std::move(out_);
}

void LedgerWriter::counts() {
    Ledger::Counts sum;
    for (std::size_t i = 0; i < view_.inputs.size(); ++i) {
        const Ledger::Counts one = view_.result.ledgers[i].counts(view_.inputs[i].document);
        sum.mapped += one.mapped;
        sum.carried += one.carried;
        sum.dropped += one.dropped;
        sum.used += one.used;
        sum.unused += one.unused;
    }
    const NodeId node = out_.append(out_.root(), "counts");
    number(node, "mapped", sum.mapped);
    number(node, "carried", sum.carried);
    number(node, "dropped", sum.dropped);
    number(node, "used", sum.used);
    number(node, "unused", sum.unused);
}

void LedgerWriter::leaf(std::uint32_t input, NodeId node, NodeId parent) {
    const MapInput& source = view_.inputs[input];
    const Ledger& ledger = view_.result.ledgers[input];
    const NodeId entry = out_.append(parent, "leaves");
    out_.set_repeats(entry, true);
    text(entry, "path", path_in(view_, source.document, node));
    if (!source.original.empty()) {
        const Position position = lines_[input].at(source.document.source(node).offset);
        number(entry, "line", position.line);
        number(entry, "column", position.column);
    }
    text(entry, "state", to_string(ledger.state(node)));
    text(entry, "reason", ledger.reason(node));
    if (ledger.rule(node) != no_rule) {
        text(entry, "rule", to_string(rule_place(view_.maps, ledger.rule(node))));
    }
    const auto found = targets_.find(key_of({input, node}));
    if (found == targets_.end()) {
        return;
    }
    for (const NodeId target : found->second) {
        const NodeId made = out_.append(entry, "targets");
        out_.set_repeats(made, true);
        out_.set_value(made, ValueKind::string, view_.result.target.path(target));
    }
}

void LedgerWriter::text(NodeId parent, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        out_.set_value(out_.append(parent, name), ValueKind::string, value);
    }
}

void LedgerWriter::number(NodeId parent, std::string_view name, std::uint64_t value) {
    out_.set_value(out_.append(parent, name), ValueKind::number, fmt::format("{}", value));
}

// One step of a path: `name` or `name[2]`.
struct PathPart {
    std::string_view name;
    std::size_t index = 0;
};

PathPart path_part(std::string_view text) {
    PathPart part{text, 0};
    const std::size_t open = text.find('[');
    if (open != std::string_view::npos) {
        part.name = text.substr(0, open);
        std::from_chars(text.data() + open + 1, text.data() + text.size(), part.index);
    }
    return part;
}

NodeId follow(const Document& document, std::string_view path) {
    NodeId node = document.root();
    const std::string_view root = document.resource_type(node);
    if (!root.empty() && (path == root || path.starts_with(std::string{root} + "."))) {
        path.remove_prefix(std::min(path.size(), root.size() + 1));
    }
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('.'), path.size());
        const PathPart part = path_part(path.substr(0, end));
        path.remove_prefix(std::min(path.size(), end + 1));
        const std::vector<NodeId> found = document.children(node, part.name);
        if (part.index >= found.size()) {
            return no_node;
        }
        node = found[part.index];
    }
    return node;
}

// The node itself, or the nearest above that a rule made.
NodeId traced(const MapResult& result, NodeId target) {
    while (target != no_node && result.trace.origin(target) == MapTrace::Origin::none) {
        target = result.target.parent(target);
    }
    return target;
}

}  // namespace

Document ledger_document(const RunView& view) {
    return LedgerWriter{view}.write();
}

RulePlace rule_place(const MapSet& maps, RuleId rule) {
    RulePlace place;
    const MapCode& code = maps.code();
    if (rule >= code.rules.size()) {
        return place;
    }
    const RuleEntry& entry = code.rules[rule];
    place.map_url = code.maps[entry.map].url;
    place.file = code.maps[entry.map].file;
    place.group = code.groups[entry.group].name;
    place.rule = entry.name;
    place.position = entry.position;
    return place;
}

Explanation explain(const RunView& view, NodeId target) {
    Explanation answer;
    answer.target = view.result.target.path(target);
    const NodeId node = traced(view.result, target);
    if (node == no_node) {
        return answer;
    }
    answer.rule = rule_place(view.maps, view.result.trace.rule(node));
    answer.from_context = view.result.trace.origin(node) == MapTrace::Origin::context;
    for (const SourceNode& source : view.result.trace.sources(node)) {
        const MapInput& input = view.inputs[source.document];
        answer.sources.push_back(path_in(view, input.document, source.node));
        answer.positions.push_back(position_in(input, source.node));
    }
    return answer;
}

std::optional<Explanation> explain(const RunView& view, std::string_view target_path) {
    const NodeId node = follow(view.result.target, target_path);
    return node == no_node ? std::nullopt : std::optional{explain(view, node)};
}

std::optional<SourcePlace> source_place(const RunView& view, NodeId target) {
    const NodeId node = traced(view.result, target);
    if (node == no_node || view.result.trace.sources(node).empty()) {
        return std::nullopt;
    }
    const SourceNode& source = view.result.trace.sources(node).front();
    const MapInput& input = view.inputs[source.document];
    return SourcePlace{path_in(view, input.document, source.node), position_in(input, source.node)};
}

}  // namespace gateway
