#include "gateway/flow/deliver/acknowledgement.h"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/base/text.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

struct Acknowledgement {
    std::string code;        // MSA-1
    std::string control_id;  // MSA-2
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
            return {std::string{fields.size() > 1 ? fields[1] : ""},
                    std::string{fields.size() > 2 ? fields[2] : ""}};
        }
        at = end + 1;
    }
    return {};
}

}  // namespace

JudgedAnswer judge_acknowledgement(std::string_view answer, std::string_view control_id) {
    const Acknowledgement found = acknowledgement_in(answer);
    if (found.code.empty()) {
        return {{AttemptResult::failed, "the answer is no acknowledgement (no MSA)"}, true};
    }
    if (found.control_id != control_id) {
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
