// A referral in HL7 v2, from head scan to the writes of one commit. Reads the store, writes
// nothing: the unit of work is the result, and may be made again when a precondition failed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/flow/message/message.h"
#include "gateway/flow/pipeline/concern.h"
#include "gateway/flow/pipeline/convert.h"
#include "gateway/flow/pipeline/delivery_ids.h"
#include "gateway/flow/pipeline/duplicates.h"
#include "gateway/flow/pipeline/snapshot.h"
#include "gateway/flow/store/store.h"
#include "gateway/format/hl7v2/ack_demand.h"

namespace gateway {

struct ReferralInput {
    const Snapshot& snapshot;
    const StoreReads& store;
    const Clock& clock;
    Message message;  // id, sender, channel, bytes, digests and keys are set (`describe_message`)
    DeliveryIds& delivery_ids;
    DuplicateVerdict earlier = {};
    AckDemand demand = {};
    bool is_received = false;      // its bytes are on the disk already, in state `received`
    bool is_acknowledged = false;  // with that its sender has its answer
};

struct PreparedWork {
    UnitOfWork unit;
    std::shared_ptr<const std::string> reply;  // the acknowledgement that the commit makes true
    std::vector<std::string> destinations;     // whose outbox got something
    std::string code = {};                     // of the reply: MSA-1, or the HTTP status
    std::string about = {};    // id of the message that the reply is about; empty: this one
    std::string outcome = {};  // one word for the log: queued, passed, refused, replayed
    std::optional<Concern> concern = {};  // for a person, once it is committed
    std::string warning = {};             // for the log, once it is committed
};

// Fills the message from its bytes: control id, duplicate key, order key, digests. Cheap: a scan of
// the head, no parsing. Failure `invalid` where the bytes cannot be HL7 v2 at all.
AckDemand describe_message(Message& message, const Snapshot& snapshot);

// Failure `not_acceptable` for an empty one: without it no repeat can be told from a new message.
void need_control_id(const Message& message);

// A referral's own names for itself.
struct ReferralFacts {
    std::string request;  // ServiceRequest.id
    std::string placer_token;
};

// One destination of a referral: its own Task and the Bundle that carries it.
struct Performer {
    Destination destination;
    std::string task;  // Task.id
    std::shared_ptr<const std::string> bundle;
};

// What steps 3 to 7 make of the bytes and the snapshot alone. It is made once, however often the
// store asks for another try.
struct ConvertedReferral {
    std::unique_ptr<const Conversion> conversion;
    ReferralFacts facts;
    std::vector<Performer> performers;       // at least one
    std::vector<ResourceVersion> resources;  // rendered, without their versions
    std::vector<Sha256> digests;             // of their bytes
};

// A Failure says what is wrong with the message: invalid, unroutable, no map for it.
ConvertedReferral convert_referral(const ReferralInput& input);

// Steps 6 and 8 against what the store holds now: the writes of one commit. A Failure says that the
// message may not be taken; a refusal is prepared work too (`prepare_refusal`).
PreparedWork prepare_referral(const ReferralInput& input, const ConvertedReferral& converted);

// What the sender of a refused message is told, and what is kept of it.
PreparedWork prepare_refusal(const ReferralInput& input, const Failure& failure);

}  // namespace gateway
