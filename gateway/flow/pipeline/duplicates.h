// A message whose control id (MSH-10) its sender used before: the stored answer again, a refusal,
// or let pass with an alarm, as the partner's file says. Nothing that was accepted is run twice,
// and no counter that was reset swallows a referral. Pure, but for look-ups in the store.
//
// Who holds a key: an accepted message, for as long as the settings say, and what is let pass under
// a reused key holds one of its own, made of key and content. A refused message holds its key for
// the repeat of the same bytes under the same snapshot alone: under other settings or maps, or with
// other content, it is judged anew, since nothing of it was taken.
#pragma once

#include <optional>
#include <string>

#include "gateway/base/failure.h"
#include "gateway/flow/message/message.h"
#include "gateway/flow/pipeline/snapshot.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// How a message stands to those before it. Without answer and refusal it is to be processed.
struct DuplicateVerdict {
    std::optional<Answer> answer;  // known: this again, and nothing is done
    std::optional<Failure> refusal;
    std::string key;       // that the message is to be kept under
    std::string replaces;  // id of the refused message that holds this key until now
    std::string reused;    // id of the message that used the control id for other content: an alarm
};

// Failure `too_early` while the earlier one is still being processed.
DuplicateVerdict judge_duplicate(const Snapshot& snapshot, const StoreReads& store,
                                 const Message& message);

}  // namespace gateway
