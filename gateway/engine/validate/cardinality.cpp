#include "gateway/engine/validate/cardinality.h"

#include <fmt/format.h>

#include <string>

namespace gateway {

namespace {

std::string fix(const CheckContext& context, const Element& element) {
    if (!element.is_choice) {
        return "add it";
    }
    std::string names;
    for (const ElementType& type : element.types) {
        names += names.empty() ? "" : " or ";
        names += context.schema().names().text(type.json_name);
    }
    return "add " + names;
}

void report_missing(CheckContext& context, NodeId object, const Element& element,
                    std::uint32_t count) {
    context.findings.error(
        "structure", object,
        count == 0
            ? fmt::format("{} is missing: {}", element.path, fix(context, element))
            : fmt::format("{} needs at least {}, there are {}", element.path, element.min, count));
}

}  // namespace

void count_member(CheckContext& context, NodeId node, const MemberCheck& member, Tally& tally) {
    if (tally.first == no_node) {
        tally.first = node;
    } else if (member.element->is_choice &&
               context.document.name_id(tally.first) != member.json_name) {
        context.findings.error(
            "structure", node,
            fmt::format("{} is given twice, as {} and as {}: keep one", member.element->path,
                        context.document.name(tally.first), context.document.name(node)));
        return;
    }
    ++tally.count;
}

void check_cardinality(CheckContext& context, NodeId object, const TypeCheck& type,
                       std::span<const Tally> tallies) {
    for (const std::uint16_t slot : type.required()) {
        const Element& element = type.type().elements[slot];
        if (tallies[slot].count < element.min) {
            report_missing(context, object, element, tallies[slot].count);
        }
    }
    for (std::size_t slot = 0; slot < tallies.size(); ++slot) {
        const Element& element = type.type().elements[slot];
        if (tallies[slot].count > element.max) {
            context.findings.error(
                "structure", object,
                fmt::format("{} is allowed {} time{}, there are {}: keep {}", element.path,
                            element.max, element.max == 1 ? "" : "s", tallies[slot].count,
                            element.max));
        }
    }
}

}  // namespace gateway
