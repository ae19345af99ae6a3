// A FHIR message, from its head to the writes of one commit. It is read, checked and routed, and
// goes on as it came: neither mapped nor written anew. Reads the store, writes nothing.
//
// A Bundle with a ServiceRequest and a Task that asks for it (Task.focus) opens the loop of a
// referral: from then on the performer moves that Task (task_steps.h), and the referrer reads it,
// or is told where it can be reached over HTTPS. Both then need ids that are theirs alone (UUIDs),
// since the bytes name them to the performer. Any other message is carried, and no loop is kept of
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/flow/pipeline/referral_steps.h"
#include "gateway/flow/pipeline/step_clock.h"

namespace gateway {

// Fills the message from its bytes: id, duplicate key, order key, digests. `idempotency`: what the
// sender gave as Idempotency-Key; it goes before the ids in the message. Cheap: a scan, no parsing.
// Failure `invalid` where the bytes are no FHIR message.
void describe_fhir(Message& message, const Snapshot& snapshot, std::string_view idempotency);

// Failure `invalid` for a message by which no repeat can be told from a new one.
void need_message_id(const Message& message);

// What the bytes and the snapshot alone say. Made once, however often the store asks for another
// try.
struct CheckedFhir {
    Issues notes;  // warnings
    std::vector<Destination> destinations;
    std::vector<std::string> requests;  // ids of the ServiceRequests in it

    struct Loop {
        ReferralFacts facts;
        std::string task;
        std::vector<ResourceVersion> resources;  // request and Task
        std::vector<Sha256> digests;
    };

    std::optional<Loop> loop;
    std::size_t nodes = 0;
    StepTime decode;
    StepTime validate;
};

// A Failure says what is wrong with the message.
CheckedFhir check_fhir(const ReferralInput& input);

// Against what the store holds now.
PreparedWork prepare_fhir(const ReferralInput& input, const CheckedFhir& checked);

}  // namespace gateway
