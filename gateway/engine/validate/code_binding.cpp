#include "gateway/engine/validate/code_binding.h"

#include <fmt/format.h>

#include <set>
#include <string>

namespace gateway {

namespace {

constexpr std::size_t shown_codes_max = 16;

std::string allowed(const ValueSet& set) {
    if (set.codes.size() > shown_codes_max) {
        return "see " + std::string{set.url};
    }
    std::set<std::string_view> codes;
    for (const ValueSet::Code& code : set.codes) {
        codes.insert(code.code);
    }
    return fmt::format("use one of {}", fmt::join(codes, ", "));
}

void report(CheckContext& context, NodeId node, const ValueSet& set) {
    context.findings.error(
        "code-invalid", node,
        fmt::format("the code is not in the required value set {}: {}", set.url, allowed(set)));
}

bool coding_fits(const CheckContext& context, NodeId coding, const ValueSet& set) {
    return set.contains(context.child_value(coding, context.names().system),
                        context.child_value(coding, context.names().code));
}

// One of the codings must be in the value set; text alone is none (R4 terminologies.html#required).
void check_concept(CheckContext& context, NodeId node, const ValueSet& set) {
    const Document& document = context.document;
    for (NodeId child = document.first_child(node); child != no_node;
         child = document.next(child)) {
        if (document.name_id(child) == context.names().coding && coding_fits(context, child, set)) {
            return;
        }
    }
    report(context, node, set);
}

}  // namespace

void check_code_binding(CheckContext& context, NodeId node, const MemberCheck& member) {
    switch (member.coded) {
        case CodedAs::nothing:
            break;
        case CodedAs::code:
            if (!member.codes->contains(context.document.value(node))) {
                report(context, node, *member.codes);
            }
            break;
        case CodedAs::coding:
            if (context.has_child(node, context.names().code) &&
                !coding_fits(context, node, *member.codes)) {
                report(context, node, *member.codes);
            }
            break;
        case CodedAs::concept_codings:
            check_concept(context, node, *member.codes);
            break;
    }
}

}  // namespace gateway
