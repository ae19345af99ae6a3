#include "gateway/engine/map/run/run_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace gateway {

namespace {

constexpr std::ptrdiff_t sentence_spaces_min = 3;

bool looks_like_hl7v2(const Document& document) {
    const NodeId first = document.first_child(document.root());
    return first != no_node && document.name(first) == "MSH";
}

// The value of a divided part is that of its first leaf.
NodeId first_leaf(const Document& document, NodeId node) {
    while (document.has_children(node)) {
        node = document.first_child(node);
    }
    return node;
}

}  // namespace

RunState::RunState(const MapCode& code_of_maps, const MapEntry& map_entry,
                   std::span<const MapInput> all_inputs, const MapContext& map_context)
    : code(code_of_maps),
      map(map_entry),
      inputs(all_inputs),
      context(map_context),
      result(Document{code_of_maps.names}) {
    for (const MapInput& input : inputs) {
        result.ledgers.emplace_back(input.document);
        is_hl7v2_.push_back(looks_like_hl7v2(input.document));
    }
    evaluation.set_now(context.now);
}

std::uint32_t RunState::input_of(const Document& document) const {
    std::uint32_t index = 0;
    while (index < inputs.size() && &inputs[index].document != &document) {
        ++index;
    }
    return index;
}

void RunState::note_read(const MapValue& value) {
    if (value.is_node()) {
        note_node(value.value);
    } else {
        note_origins(value);
    }
}

void RunState::note_node(const Value& node) {
    if (!node.is_node()) {
        return;
    }
    const std::uint32_t input = input_of(node.document());
    if (input < inputs.size()) {
        // A primitive of FHIR with an extension has children, but its value is its own.
        const NodeId leaf =
            is_hl7v2_[input] ? first_leaf(node.document(), node.node()) : node.node();
        reads.push_back({{input, leaf}, false});
        return;
    }
    const MapTrace::Origin origin = result.trace.origin(node.node());
    if (origin == MapTrace::Origin::value || origin == MapTrace::Origin::key) {
        for (const SourceNode& source : result.trace.sources(node.node())) {
            reads.push_back({source, origin == MapTrace::Origin::key});
        }
    }
}

void RunState::note_origins(const MapValue& value) {
    if (value.kind == MapValue::Kind::several) {
        for (const MapValue& one : lists_[value.list]) {
            note_read(one);
        }
        return;
    }
    const auto first = origins_.begin() + value.first_origin;
    reads.insert(reads.end(), first, first + value.origin_count);
}

void RunState::keep_origins(std::size_t mark, MapValue& value, Way way) {
    for (std::size_t i = mark; way == Way::one && i < reads.size(); ++i) {
        reads[i].one_way = true;
    }
    value.first_origin = static_cast<std::uint32_t>(origins_.size());
    value.origin_count = static_cast<std::uint32_t>(reads.size() - mark);
    origins_.insert(origins_.end(), reads.begin() + static_cast<std::ptrdiff_t>(mark), reads.end());
    reads.resize(mark);
}

void RunState::settle_as_used(std::size_t mark) {
    for (std::size_t i = mark; i < reads.size(); ++i) {
        mark_leaf(reads[i].leaf, LeafState::used);
    }
    reads.resize(mark);
}

void RunState::settle_as_mapped() {
    for (const LeafRead& read : reads) {
        mark_leaf(read.leaf, read.one_way ? LeafState::used : LeafState::mapped);
    }
}

void RunState::record_reads(NodeId node) {
    if (reads.empty()) {
        record_context(node);
        return;
    }
    sources_.clear();
    bool only_keys = true;
    for (const LeafRead& read : reads) {
        sources_.push_back(read.leaf);
        only_keys = only_keys && read.one_way;
    }
    result.trace.record(node, rule, only_keys ? MapTrace::Origin::key : MapTrace::Origin::value,
                        sources_);
}

void RunState::record_context(NodeId node) {
    if (item.kind != MapValue::Kind::source) {
        result.trace.record(node, rule, MapTrace::Origin::context, {});
        return;
    }
    const SourceNode source{input_of(item.value.document()), item.value.node()};
    result.trace.record(node, rule, MapTrace::Origin::context, {&source, 1});
}

void RunState::mark_leaf(SourceNode leaf, LeafState state, std::string_view reason) {
    result.ledgers[leaf.document].mark(leaf.node, state, rule, reason);
}

MapValue RunState::source_value(std::uint32_t input, NodeId node, TypeId type) {
    MapValue made;
    made.kind = MapValue::Kind::source;
    made.type = type;
    made.value = Value::of(inputs[input].document, node, type);
    return made;
}

MapValue RunState::plain(const Value& value, TypeId type) {
    MapValue made;
    made.kind = MapValue::Kind::plain;
    made.type = type;
    made.value = value;
    return made;
}

MapValue RunState::text(std::string_view text, TypeId type) {
    return plain(Value::of_string(target().keep(text)), type);
}

MapValue RunState::several(const MapValues& values) {
    if (values.empty()) {
        return {};
    }
    if (values.size() == 1) {
        return values.front();
    }
    MapValue made;
    made.kind = MapValue::Kind::several;
    made.list = static_cast<std::uint32_t>(lists_.size());
    lists_.push_back(values);
    return made;
}

std::string_view RunState::text_of_value(const MapValue& value) {
    switch (value.kind) {
        case MapValue::Kind::nothing:
        case MapValue::Kind::several:
            return {};
        case MapValue::Kind::source:
        case MapValue::Kind::target: {
            const Document& document = value.value.document();
            return document.has_value(value.value.node()) ? document.value(value.value.node())
                                                          : std::string_view{};
        }
        case MapValue::Kind::plain:
            break;
    }
    if (value.value.type() == ValueType::string) {
        return value.value.string();
    }
    return target().keep(text_of(value.value));
}

bool RunState::step() {
    if (++steps_ > context.limits.steps) {
        stop(fmt::format("{} steps", context.limits.steps));
    } else if (target().node_count() > context.limits.nodes) {
        stop(fmt::format("{} nodes in the target", context.limits.nodes));
    }
    return !stopped;
}

void RunState::stop(std::string_view what) {
    if (!stopped) {
        stopped = true;
        report(Severity::fatal, "too-costly",
               fmt::format("the mapping was stopped: it needs more than {}", what));
    }
}

void RunState::report(Severity severity, std::string_view code_name, std::string text,
                      std::string path) {
    if (result.issues.size() >= context.limits.issues) {
        return;
    }
    Issue issue;
    issue.severity = severity;
    issue.code = code_name;
    issue.text = std::move(text);
    issue.path = std::move(path);
    if (rule != no_rule) {
        const RuleEntry& entry = code.rules[rule];
        issue.rule = fmt::format("{}:{}", code.maps[entry.map].file, entry.position.line);
    }
    place(issue);
    result.issues.add(std::move(issue));
}

// The first thing that the rule read, else the item it stands on.
void RunState::place(Issue& issue) const {
    SourceNode at;
    if (!reads.empty()) {
        at = reads.front().leaf;
    } else if (item.kind == MapValue::Kind::source) {
        at = {input_of(item.value.document()), item.value.node()};
    } else {
        return;
    }
    const MapInput& input = inputs[at.document];
    if (context.source_path) {
        issue.source = context.source_path(input.document, at.node);
    }
    if (!input.original.empty()) {
        issue.position = position_at(input.original, input.document.source(at.node).offset);
    }
}

std::string RunState::with_rule_name(std::string text) const {
    const std::string name = rule == no_rule ? std::string{} : code.rules[rule].name;
    // A sentence is for the person who sent the message; the map's own terms would only blur it. A
    // few words say what the rule is about, not what is wrong.
    const auto spaces = std::ranges::count(name, ' ');
    return spaces == 0                     ? text
           : spaces >= sentence_spaces_min ? name
                                           : fmt::format("{} ({})", name, text);
}

}  // namespace gateway
