#include "gateway/format/hl7v2/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "gateway/format/hl7v2/path.h"
#include "gateway/format/hl7v2/segments.h"

namespace gateway {

namespace {

constexpr std::size_t issues_max = 100;

// How far a search may bend the structure.
enum class Fit {
    strict,   // a group is entered only where nothing required is left out before
    relaxed,  // a group may lack its first segments
};

// Where a segment goes: an element of the structure, below the open instance of group `anchor`.
struct Place {
    std::size_t element = 0;
    std::size_t anchor = 0;
};

class SegmentGrouper {
public:
    SegmentGrouper(Document& document, const MessageStructure& structure, std::string_view original)
        : document_(document),
          elements_(structure.elements()),
          structure_name_(structure.name()),
          original_(original),
          open_(elements_.size(), no_node) {
        open_[0] = document_.root();
    }

    Issues group() {
        std::vector<NodeId> flat;
        for (NodeId at = document_.first_child(document_.root()); at != no_node;
             at = document_.next(at)) {
            flat.push_back(at);
        }
        for (std::size_t i = 0; i < flat.size(); ++i) {
            document_.detach(flat[i]);
            place(flat, i);
        }
        return issues();
    }

private:
    void place(const std::vector<NodeId>& flat, std::size_t index) {
        const NodeId segment = flat[index];
        const std::string_view name = document_.name(segment);
        if (auto place = forward(position_, name, Fit::strict)) {
            if (name == "NTE" && jumps_ahead(flat, index, *place)) {
                stay(segment);
                report(segment,
                       "is a comment that is not foreseen here; it was kept where it stands");
                return;
            }
            put(segment, *place);
            position_ = place->element;
            return;
        }
        if (auto place = forward(position_, name, Fit::relaxed)) {
            put(segment, *place);
            position_ = place->element;
            report(segment,
                   "stands without the segment that opens its group; the group was opened "
                   "for it");
            return;
        }
        place_out_of_order(segment, name);
    }

    void place_out_of_order(NodeId segment, std::string_view name) {
        if (auto place = enter(0, name, Fit::relaxed)) {
            put(segment, *place);
            // Inside a group, what follows belongs with it; else the reading goes on as before.
            if (elements_[place->element].parent != 0) {
                position_ = place->element;
            }
            report(segment, "stands out of order or too often; it was put where it belongs");
            return;
        }
        stay(segment);
        if (name.starts_with('Z')) {
            report(segment, "is a local segment; it was kept where it stands",
                   Severity::information);
        } else {
            report(segment, "is not known there; it was kept where it stands");
        }
    }

    // The first place at or behind `from`: the segment again, its later siblings, its group again,
    // and so on upwards.
    std::optional<Place> forward(std::size_t from, std::string_view name, Fit fit) const {
        if (from == 0) {
            return enter(0, name, fit);
        }
        for (std::size_t at = from; at != 0; at = elements_[at].parent) {
            const std::size_t group = elements_[at].parent;
            std::size_t sibling = elements_[at].repeats ? at : elements_[at].end;
            for (; sibling < elements_[group].end; sibling = elements_[sibling].end) {
                if (auto found = match(sibling, name, fit)) {
                    return found;
                }
            }
        }
        return std::nullopt;
    }

    // Within a group that is opened anew. As deep as the structure, no deeper.
    std::optional<Place> enter(std::size_t group, std::string_view name, Fit fit) const {
        for (std::size_t at = group + 1; at < elements_[group].end; at = elements_[at].end) {
            if (auto found = match(at, name, fit)) {
                return found;
            }
            // The message itself is always open: in it anything may be left out.
            if (fit == Fit::strict && group != 0 && elements_[at].required) {
                break;
            }
        }
        return std::nullopt;
    }

    std::optional<Place> match(std::size_t at, std::string_view name, Fit fit) const {
        const std::size_t group = elements_[at].parent;
        if (!elements_[at].is_group) {
            return elements_[at].name == name ? std::optional{Place{at, group}} : std::nullopt;
        }
        auto found = enter(at, name, fit);
        if (found) {
            found->anchor = group;
        }
        return found;
    }

    // A comment would be taken for the one at the end of the message, though more segments follow
    // that belong before it.
    bool jumps_ahead(const std::vector<NodeId>& flat, std::size_t index, const Place& place) const {
        for (std::size_t i = index + 1; i < flat.size(); ++i) {
            const std::string_view next = document_.name(flat[i]);
            if (next != "NTE" && !next.starts_with('Z')) {
                return !forward(place.element, next, Fit::strict) &&
                       forward(position_, next, Fit::strict);
            }
        }
        return false;
    }

    void put(NodeId segment, const Place& place) {
        std::vector<std::size_t> groups;
        for (std::size_t at = elements_[place.element].parent; at != place.anchor;
             at = elements_[at].parent) {
            groups.push_back(at);
        }
        for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
            const NodeId above = open_[elements_[*group].parent];
            open_[*group] = document_.append(above, elements_[*group].name);
            document_.set_repeats(open_[*group], elements_[*group].repeats);
            document_.set_source(open_[*group], {document_.source(segment).offset, 0});
        }
        attach(segment, elements_[place.element].parent);
    }

    // Stays in the group that is open.
    void stay(NodeId segment) { attach(segment, elements_[position_].parent); }

    void attach(NodeId segment, std::size_t group) {
        document_.attach(open_[group], segment);
        const SourceRange source = document_.source(segment);
        const std::uint32_t end = source.offset + source.length;
        for (std::size_t at = group; at != 0; at = elements_[at].parent) {
            SourceRange range = document_.source(open_[at]);
            range.length = std::max(range.offset + range.length, end) - range.offset;
            document_.set_source(open_[at], range);
        }
    }

    void report(NodeId segment, std::string_view text, Severity severity = Severity::warning) {
        if (reports_.size() < issues_max) {
            reports_.push_back({segment, text, severity});
        }
    }

    // Once every segment has its place, so that "the second OBX" is the second.
    Issues issues() const {
        Issues issues;
        if (reports_.empty()) {
            return issues;
        }
        const FieldPaths paths(document_);
        for (const Report& report : reports_) {
            Issue issue;
            issue.severity = report.severity;
            issue.code = "structure";
            issue.source = paths.of(report.segment);
            issue.text =
                fmt::format("in a {} message this segment {}", structure_name_, report.text);
            if (!original_.empty()) {
                issue.position = position_at(original_, document_.source(report.segment).offset);
            }
            issues.add(std::move(issue));
        }
        return issues;
    }

    struct Report {
        NodeId segment;
        std::string_view text;
        Severity severity;
    };

    Document& document_;
    const std::vector<MessageStructure::Element>& elements_;
    std::string_view structure_name_;
    std::string_view original_;
    std::vector<NodeId> open_;  // the open instance of each group
    std::size_t position_ = 0;  // the element of the last segment in order
    std::vector<Report> reports_;
};

}  // namespace

Issues group_segments(Document& document, const MessageStructure& structure,
                      std::string_view original) {
    return SegmentGrouper(document, structure, original).group();
}

Issues group_segments(Document& document, std::string_view original) {
    const NodeId type = document.at(document.root(), {"MSH", "f9"});
    if (type == no_node) {
        return {};
    }
    const MessageStructure* structure = find_structure(
        document.value(type), document.child_value(type, "c2"), document.child_value(type, "c3"));
    return structure == nullptr ? Issues{} : group_segments(document, *structure, original);
}

}  // namespace gateway
