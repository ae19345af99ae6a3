// One message from its bytes to the commit that makes it ours: accept, decode, map, validate,
// correlate, route, enqueue, in that order (a file a step group; README of gateway/ walks through).
// Each message is a `Passage`. Nothing is answered positively before the commit is durable.
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "gateway/flow/message/identity.h"
#include "gateway/flow/pipeline/acceptance_counters.h"
#include "gateway/flow/pipeline/left_messages.h"
#include "gateway/flow/pipeline/passage.h"
#include "gateway/flow/pipeline/pipeline_parts.h"
#include "gateway/flow/pipeline/snapshot.h"
#include "gateway/flow/pipeline/under_way.h"

namespace gateway {

// A message as it stands at the edge: who sent it is known, nothing of it has been parsed.
struct Incoming {
    Identity sender;
    std::string channel;  // "mllp", "https"
    std::shared_ptr<const std::string> bytes;
};

// The same of a FHIR message.
struct IncomingFhir {
    Identity sender;
    std::string channel;
    std::shared_ptr<const std::string> bytes;
    std::string idempotency = {};    // Idempotency-Key, where it was given
    bool is_answered_early = false;  // at the commit point, whatever the settings say
};

// A performer's new version of a Task.
struct IncomingTask {
    Identity sender;
    std::string channel;
    std::string task;           // id from the path
    std::uint64_t version = 0;  // from If-Match
    std::shared_ptr<const std::string> bytes;
};

class Pipeline final {
public:
    Pipeline(PipelineParts parts, std::shared_ptr<const Snapshot> snapshot);

    // All call `on_reply` exactly once, on any thread, when the outcome is durable; dropped
    // unanswered only when the process stops before the work began.
    void accept_hl7v2(Incoming incoming, OnReply on_reply);
    void accept_fhir(IncomingFhir incoming, OnReply on_reply);
    void accept_task(const IncomingTask& incoming, OnReply on_reply);

    std::shared_ptr<const Snapshot> snapshot() const { return snapshot_.load(); }

    // For messages accepted from now on.
    void replace(std::shared_ptr<const Snapshot> snapshot) { snapshot_.store(std::move(snapshot)); }

    const AcceptanceCounters& acceptance() const { return acceptance_; }

    LeftReading left() const { return left_->reading(); }

    // Begins to take up what a former process left `received`, and returns at once. To be called
    // before a listener opens: from then on what comes in runs behind what is left of its order
    // key.
    void resume();

    // The same of what came before so long a time and is in nobody's hands: another gateway on this
    // store may have died, or a person set it free.
    void take_up_left(std::chrono::minutes left_for);

private:
    bool refuses_new_work(const OnReply& on_reply) const;
    bool refuses_when_full(const OnReply& on_reply) const;
    Message message_from(Identity sender, std::string channel,
                         std::shared_ptr<const std::string> bytes) const;
    void start(Message message, const std::shared_ptr<const Snapshot>& snapshot, AckDemand demand,
               AcknowledgeAt at, OnReply on_reply);
    void admit(const std::shared_ptr<Passage>& passage, const std::string& lane);
    void watch(const std::shared_ptr<Passage>& passage) const;
    std::shared_ptr<Passage> passage_of_left(Message message, std::function<void()> on_put_off);
    OnReply counted(const std::string& partner, OnReply on_reply);

    PipelineParts parts_;
    AcceptanceCounters acceptance_;
    UnderWay under_way_;
    std::atomic<std::shared_ptr<const Snapshot>> snapshot_;
    std::shared_ptr<LeftMessages> left_;
};

}  // namespace gateway
