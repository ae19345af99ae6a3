// One message on its way through its lane: its steps, its commit, another try after a failed
// precondition, its answer. Holds the per-message boundary: whatever a step throws, this message
// alone fails, and its sender is told.
//
// Two ways to become durable. Without a receipt: one commit holds message and effects, and its
// outcome is the answer. With one: the message was committed as `received` first (at the commit
// acknowledgement point, past its deadline, or by a former process) and its sender has an answer; a
// second commit, which only succeeds while it is still `received`, holds the effects. From then on
// the message ends in a state of its own, or waits for another try: it is never dropped.
//
// On a store that gateways share, the commit of the effects also holds only while no older message
// of the order key is still `received` anywhere, and while nobody has taken this one over: its
// effects come in the order of acceptance, once, whichever gateways have taken the messages in.
//
// Thread-safe: one mutex guards what the lane's worker, the deadline and the store's continuations
// share. Continuations of one message come in the order of its units.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/flow/message/message.h"
#include "gateway/flow/pipeline/delivery_ids.h"
#include "gateway/flow/pipeline/pipeline_parts.h"
#include "gateway/flow/pipeline/referral_steps.h"
#include "gateway/flow/pipeline/snapshot.h"

namespace gateway {

enum class Receipt {
    none,       // nothing of it is on the disk
    submitted,  // its unit is on the way: what is submitted behind it sees it
    durable,
};

class Passage : public std::enable_shared_from_this<Passage> {
public:
    struct Start {
        std::shared_ptr<const Snapshot> snapshot;
        Message message;
        std::shared_ptr<void> token;      // that it is in hand (UnderWay)
        Receipt receipt = Receipt::none;  // durable: a former process left it
        OnReply on_reply = {};
        std::function<void()> on_put_off = {};  // for the first time: it will end later
    };

    Passage(const PipelineParts& parts, Start start);
    virtual ~Passage() = default;
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;
    Passage(Passage&&) = delete;
    Passage& operator=(Passage&&) = delete;

    // The lane's task.
    void run(LaneHold hold);

    // Ends it, and tells its sender where that has no answer yet.
    void fail(const Failure& failure);

    // Commits it as received, with the answer that goes with that.
    void receive();

    // Its time for an answer is over.
    void at_deadline();

protected:
    struct Prepared {
        PreparedWork work;
        std::uint64_t version = 0;
        bool needs_receipt = false;  // nothing else is prepared
    };

    // Whether it comes behind the older ones of its order key.
    virtual bool awaits_turn() const { return true; }

    // The writes and the answer, on a worker.
    virtual Prepared prepare(Receipt receipt) = 0;

    // The same where the steps failed with what will not pass; nothing: the failure is the answer.
    virtual std::optional<Prepared> prepare_end(const Failure& failure, Receipt receipt) = 0;

    // The unit that makes it `received`, and the answer then; nothing: such a message is not kept
    // before its effects are.
    virtual std::optional<PreparedWork> prepare_receipt() = 0;

    virtual ReplyOrFailure receipt_reply(const PreparedWork& receipt) const = 0;

    // `work.reply`, or nothing where the sender wants none of that code.
    virtual std::shared_ptr<const std::string> wanted_reply(const PreparedWork& work) const;

    const PipelineParts& parts() const { return parts_; }

    const Snapshot& snapshot() const { return *snapshot_; }

    const Message& message() const { return message_; }

    void set_bytes(std::shared_ptr<const std::string> bytes) { message_.bytes = std::move(bytes); }

    // On the worker.
    DeliveryIds& delivery_ids() const { return delivery_ids_; }

private:
    void attempt();
    std::optional<Prepared> prepared(Receipt receipt);
    std::optional<Prepared> end(const Failure& failure, Receipt receipt);
    void submit(Prepared prepared, Receipt receipt);
    UnitOfWork guarded(UnitOfWork effects, Receipt receipt) const;
    void submit_receipt(PreparedWork receipt);
    void on_receipt(const PreparedWork& receipt, const Outcome& outcome);
    void on_outcome(const Prepared& prepared, const Outcome& outcome);
    void refused(const PreconditionFailed& failed);
    void try_again(const PreconditionFailed& failed);
    void await_turn();
    void put_off(const Failure& failure);
    void post_again();
    void tell(const std::optional<Concern>& concern) const;
    void warn(const std::string& text) const;
    void finish(const Prepared& prepared);
    void finish();
    void reply(ReplyOrFailure answer);
    std::optional<Receipt> receipt() const;

    const PipelineParts& parts_;
    std::shared_ptr<const Snapshot> snapshot_;
    Message message_;
    std::shared_ptr<void> token_;
    mutable DeliveryIds delivery_ids_;
    int tries_ = 0;
    std::chrono::milliseconds turn_pause_{};

    mutable std::mutex mutex_;
    OnReply on_reply_;  // empty once it was called, like the next
    std::function<void()> on_put_off_;
    LaneHold hold_;
    Receipt receipt_ = Receipt::none;
    bool is_submitted_ = false;  // the commit that makes its effects: no receipt any more
    bool is_overdue_ = false;
    bool is_over_ = false;
};

}  // namespace gateway
