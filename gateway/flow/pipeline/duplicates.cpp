#include "gateway/flow/pipeline/duplicates.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/base/digest.h"
#include "gateway/flow/pipeline/message_form.h"

namespace gateway {

namespace {

bool is_refused(const Duplicate& earlier) {
    return earlier.state == MessageState::error;
}

Failure duplicate_failure(const Message& message, std::string text) {
    Issue issue{.code = "duplicate", .path = {}, .text = text, .source = {}, .position = {}};
    const std::string name{id_name(message)};
    (is_fhir(message) ? issue.path : issue.source) = name;
    Issues issues;
    issues.add(std::move(issue));
    return {Category::conflict, std::move(text), {}, std::move(issues)};
}

// The same content as before.
void judge_repeat(const Duplicate& earlier, const Snapshot& snapshot, const Message& message,
                  DuplicateVerdict& verdict) {
    const SameDuplicate policy = snapshot.partner(message.sender.partner).duplicates.same;
    if (is_refused(earlier)) {
        if (earlier.settings_hash == snapshot.hash && earlier.answer) {
            verdict.answer = earlier.answer;
        } else {
            verdict.replaces = earlier.message;
        }
        return;
    }
    if (earlier.is_destroyed) {
        // At most 80 characters, as MSA-3 has.
        verdict.refusal = duplicate_failure(
            message, fmt::format("taken before as {}; answer no longer kept", earlier.message));
        return;
    }
    if (!earlier.answer) {
        throw Failure(Category::too_early,
                      "this message was received and is still being processed: ask again later");
    }
    if (policy == SameDuplicate::bars) {
        verdict.refusal = duplicate_failure(
            message, fmt::format("this message was taken before, as {}", earlier.message));
    } else {
        verdict.answer = earlier.answer;
    }
}

// Of a message that is let pass under a control id that another one holds.
std::string key_with_content(const Message& message) {
    return message.duplicate_key + "|" + to_hex(message.duplicate_digest);
}

void judge_reuse(const std::optional<Duplicate>& earlier, const Snapshot& snapshot,
                 const StoreReads& store, const Message& message, DuplicateVerdict& verdict) {
    const DuplicateSettings& policy = snapshot.partner(message.sender.partner).duplicates;
    if (policy.changed == ChangedDuplicate::accept_and_flag) {
        const std::string own_key = key_with_content(message);
        const auto own = store.duplicate(message.sender.partner, own_key, message.received);
        if (own) {
            verdict.key = own_key;
            judge_repeat(*own, snapshot, message, verdict);
        }
        if (own || !earlier) {
            return;
        }
        verdict.key = own_key;
        verdict.reused = earlier->message;
    } else if (earlier) {
        verdict.reused = earlier->message;
        verdict.refusal = duplicate_failure(
            message,
            fmt::format("{0} was used before for another message ({1}): nothing of this one was "
                        "taken; send it with {2} of its own",
                        id_name(message), earlier->message,
                        is_fhir(message) ? id_name(message) : "a control id"));
    }
}

}  // namespace

DuplicateVerdict judge_duplicate(const Snapshot& snapshot, const StoreReads& store,
                                 const Message& message) {
    DuplicateVerdict verdict;
    verdict.key = message.duplicate_key;
    if (verdict.key.empty()) {
        return verdict;
    }
    auto earlier = store.duplicate(message.sender.partner, verdict.key, message.received);
    const bool is_same = earlier && earlier->digest == message.duplicate_digest;
    if (is_same) {
        judge_repeat(*earlier, snapshot, message, verdict);
        return verdict;
    }
    if (earlier && is_refused(*earlier)) {
        verdict.replaces = earlier->message;
        earlier.reset();
    }
    judge_reuse(earlier, snapshot, store, message, verdict);
    return verdict;
}

}  // namespace gateway
