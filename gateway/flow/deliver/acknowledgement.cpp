#include "gateway/flow/deliver/acknowledgement.h"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/base/text.h"
#include "gateway/format/hl7v2/escapes.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

struct Acknowledgement {
    std::string code;  // MSA-1
    SentControlId id;  // MSA-2
};

// The first MSA of an answer; empty where there is none.
Acknowledgement acknowledgement_in(std::string_view reply) {
    const MessageHead head = scan_head(reply);
    if (head.fault) {
        return {};
    }
    const std::string start = std::string{"MSA"} + head.separators.field;
    for (std::size_t at = 0; at < reply.size();) {
        const std::size_t end = std::min(reply.find_first_of("\r\n", at), reply.size());
        const std::string_view segment = reply.substr(at, end - at);
        if (segment.starts_with(start)) {
            const auto fields = split(segment, head.separators.field);
            Acknowledgement found;
            found.code = fields.size() > 1 ? fields[1] : "";
            found.id.field = trimmed(fields.size() > 2 ? fields[2] : "");
            DecodeNotes ignored;
            decode_value(found.id.field, head.separators, CharacterSet::utf8, found.id.text,
                         ignored);
            return found;
        }
        at = end + 1;
    }
    return {};
}

bool is_same(const SentControlId& found, const SentControlId& sent) {
    return found.field == sent.field || found.text == sent.text;
}

}  // namespace

SentControlId sent_control_id(std::string_view message) {
    const MessageHead head = scan_head(message);
    return {std::string{trimmed(head.control_id_field)}, std::string{trimmed(head.control_id)}};
}

JudgedAnswer judge_acknowledgement(std::string_view answer, const SentControlId& sent) {
    const Acknowledgement found = acknowledgement_in(answer);
    if (found.code.empty()) {
        return {{AttemptResult::failed, "the answer is no acknowledgement (no MSA)"}, true};
    }
    if (!is_same(found.id, sent)) {
        return {{AttemptResult::try_again, "the answer is about another message (MSA-2)"}, true};
    }
    std::string outcome = "MSA-1 " + found.code;
    if (found.code == "AA" || found.code == "CA") {
        return {{AttemptResult::delivered, std::move(outcome)}};
    }
    if (found.code == "AR" || found.code == "CR") {
        return {{AttemptResult::refused, std::move(outcome)}};
    }
    return {{AttemptResult::failed, std::move(outcome)}};
}

}  // namespace gateway
