// The durable memory of the gateway. Writing is asynchronous: a unit of work is queued, and its
// continuation runs once the outcome is known and, for `Committed`, durable (fsync). Looking up is
// synchronous and sees every committed unit.
//
// Invariants: `Committed` is never reported for what a crash could take back; audit records are
// chained in commit order; after an error that leaves durability in doubt the store takes no more
// units until it is opened again. Look-ups throw `Failure` (`unavailable`, or `fault` for a damaged
// record). Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/flow/store/inspection.h"
#include "gateway/flow/store/records.h"
#include "gateway/flow/store/unit_of_work.h"
#include "gateway/flow/store/unit_outcome.h"

namespace gateway {

// When a delivery is due. Nobody is told to wait until after `longest_wait`: what stands beyond it
// was written before the wall clock was set back, and is due.
struct DueTime {
    Instant now;
    std::optional<Instant> longest_wait = std::nullopt;
};

// The look-ups alone, for parts that never write. Empty views and ids find nothing.
class StoreReads {
public:
    virtual ~StoreReads() = default;

    virtual std::optional<Message> message(std::string_view id) const = 0;

    // Costs nothing of the message's bytes, and works where those are damaged.
    virtual std::optional<MessageState> message_state(std::string_view id) const = 0;

    // Without bytes, by sequence, those after `after`.
    virtual std::vector<Message> messages_in(MessageState state, std::uint64_t after,
                                             std::size_t limit) const = 0;

    // The same of those that are `received` under this order key. Costs the same whatever else is.
    virtual std::vector<Message> received_of(std::string_view order_key, std::uint64_t after,
                                             std::size_t limit) const = 0;

    // The same of those in quarantine that never came as far as a delivery.
    virtual std::vector<Message> stranded(std::uint64_t after, std::size_t limit) const = 0;

    // Who holds the key at `now`; nothing once it has been kept for as long as the settings say.
    virtual std::optional<Duplicate> duplicate(std::string_view partner, std::string_view key,
                                               Instant now) const = 0;

    virtual std::optional<Answer> answer(std::string_view message) const = 0;

    virtual std::optional<Duty> duty(std::string_view name) const = 0;

    // Those whose turn and time it is: pending, the oldest unfinished of their order key at that
    // destination, `next_attempt` not after `now`; or leased by someone whose time is over. Who
    // waited longest comes first; last what waits beyond `longest_wait`. Without bytes, which
    // `delivery` reads once it is claimed. Costs the same whatever the backlog.
    virtual std::vector<Delivery> due_deliveries(std::string_view destination, const DueTime& time,
                                                 std::size_t limit) const = 0;

    // When the next of `destination` becomes due, by its time or by the end of a lease that nobody
    // gave back; nothing if none waits for time alone.
    virtual std::optional<Instant> next_attempt(std::string_view destination) const = 0;

    virtual std::optional<Delivery> delivery(std::string_view id) const = 0;

    // The same without its bytes: works where those are damaged.
    virtual std::optional<Delivery> delivery_record(std::string_view id) const = 0;

    // Without bytes, by sequence.
    virtual std::vector<Delivery> deliveries_of(std::string_view message) const = 0;

    // Without bytes, by sequence, those after `after`; an empty destination means every one.
    virtual std::vector<Delivery> deliveries_in(DeliveryState state, std::string_view destination,
                                                std::uint64_t after, std::size_t limit) const = 0;

    virtual std::vector<MessageCount> message_counts() const = 0;

    virtual std::vector<DeliveryCount> delivery_counts() const = 0;

    // `id` of a message or of a referral.
    virtual Trace trace(std::string_view id) const = 0;

    // One per Task, oldest first.
    virtual std::vector<Referral> referrals(std::string_view id) const = 0;

    virtual std::vector<Referral> referrals_by_placer(std::string_view placer_token) const = 0;

    virtual std::optional<Referral> referral_of_task(std::string_view task) const = 0;

    virtual std::optional<ResourceVersion> resource(std::string_view type,
                                                    std::string_view id) const = 0;

    // What `resource` would find for each, without its bytes: a few look-ups for all of them.
    virtual std::vector<std::optional<ResourceMark>> resource_marks(
        const std::vector<ResourceKey>& keys) const = 0;

    virtual std::optional<ResourceVersion> resource_version(std::string_view type,
                                                            std::string_view id,
                                                            std::uint64_t version) const = 0;

    // Latest versions that have the token, by id.
    virtual std::vector<ResourceVersion> resources_with(std::string_view type,
                                                        std::string_view parameter,
                                                        std::string_view token,
                                                        std::size_t limit) const = 0;

    virtual std::vector<AuditRecord> audit_after(std::uint64_t sequence,
                                                 std::size_t limit) const = 0;

    virtual std::vector<Change> changes_after(std::uint64_t sequence, std::size_t limit) const = 0;

    virtual std::optional<Artefact> artefact(std::string_view hash) const = 0;

    // Received before that and still readable, though nobody needs it: processed, every delivery
    // delivered, no referral that it belongs to open. By time, those after `after`.
    virtual std::vector<ExpiredMessage> expired_messages(Instant before,
                                                         const ExpiredMessage& after,
                                                         std::size_t limit) const = 0;

    // Ids of the master keys that data keys may be wrapped under.
    virtual std::vector<std::string> master_keys() const = 0;

    // How many data keys are wrapped under each: walks them all.
    virtual std::vector<MasterKeyUse> master_key_uses() const = 0;

    // By id, those after `after`.
    virtual std::vector<StoredPayloadKey> data_keys_after(std::uint64_t after,
                                                          std::size_t limit) const = 0;
};

class Store : public StoreReads {
public:
    // `continuation` runs exactly once, through `executor`, also when the store is stopped.
    virtual void submit(UnitOfWork unit, Executor executor, Continuation continuation) = 0;

    virtual StoreCounters counters() const = 0;

    // Whether other processes write it too: nobody then says what they put into it.
    virtual bool is_shared() const = 0;

    // What others put into a shared store, or set free in it, is said within milliseconds: for
    // which destination; empty: look at all. On a thread of the store, until `stop`; must be short.
    // Nobody may depend on it: something may be said to nobody.
    virtual void hear(std::function<void(const std::string& destination)> told) = 0;

    // Whether units are taken; false after an error that only opening the store again can mend.
    virtual bool accepts() const = 0;

    // Why the database behind it cannot be had now: units are answered `Unavailable` at once, and
    // most look-ups fail. It comes back by itself. Nothing while it can be had.
    virtual std::optional<std::string> away() const = 0;

    // Why this program may never write the store again: a newer one has migrated it. Nothing while
    // it may.
    virtual std::optional<std::string> outdated() const = 0;

    // Since when the writing thread has been at its present commit or checkpoint; nothing while it
    // waits for units.
    virtual std::optional<SteadyTime> busy_since() const = 0;

    // Commits what is queued, then takes no more. Look-ups still work. Also done on destruction.
    virtual void stop() = 0;
};

}  // namespace gateway
