#include "gateway/flow/deliver/lane.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <random>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/flow/deliver/backoff.h"
#include "gateway/flow/deliver/breaker.h"
#include "gateway/flow/deliver/outcome.h"

namespace gateway {

namespace {

constexpr int resubmits_max = 5;
constexpr std::chrono::seconds store_pause{1};

// Another process may put something into a store that is shared, and tells nobody.
constexpr std::chrono::seconds shared_pause{1};

// Claimed before their turn to be sent, so that a fast peer does not wait for commits.
constexpr std::size_t ahead_max = 64;

// All that are claimed ahead are sent within this part of a lease, at the pace of the last
// attempts: who is slow claims few.
constexpr int ahead_part_of_lease = 8;

// A claim that waited longer than this part of its lease is given back: an attempt might outlive
// it.
constexpr int fresh_part_of_lease = 3;

// Sent, and not yet recorded. More would only hide that the store is slow.
constexpr std::size_t recording_max = 256;

// Of the pace, the share of the newest attempt.
constexpr int pace_weight = 8;

}  // namespace

class DeliveryLane::Worker : public std::enable_shared_from_this<DeliveryLane::Worker> {
public:
    Worker(LaneParts parts, LaneSettings settings, std::unique_ptr<Transport> transport)
        : parts_(std::move(parts)),
          settings_(std::move(settings)),
          breaker_(settings_.breaker),
          random_(std::random_device{}()) {
        ways_.push_back(std::make_unique<Way>(Way{std::move(transport)}));
    }

    void wake();
    void post_change(LaneSettings settings, std::unique_ptr<Transport> transport);

    void stop();
    void give_back_all();

    Reactor& reactor() const { return parts_.reactor; }

    AttemptReading attempts() const { return counters_.reading(); }

private:
    // A transport and the attempts that it is making.
    struct Way {
        std::unique_ptr<Transport> transport;
        std::size_t under_way = 0;
    };

    // Its lease is ours; it waits for room on the way.
    struct Claimed {
        Delivery delivery;
        SteadyTime since;
    };

    void change(LaneSettings settings, std::unique_ptr<Transport> transport);
    void leave(Way& way);
    void drop_old_ways();
    void look();
    void claim_due();
    std::size_t room_to_claim() const;
    std::size_t ahead() const;
    void look_again_when_due(Instant now);
    void store_failed(const Failure& failure);
    std::shared_ptr<const std::string> bytes_of(const std::string& id) const;
    void claim(Delivery delivery);
    void on_claimed(Delivery delivery, const Outcome& outcome);
    void send_ready();
    void send(Delivery delivery);
    void give_back(const Delivery& delivery);
    void keep_pace(const Attempt& attempt, std::chrono::nanoseconds took);
    void on_attempt(const Delivery& delivery, const Attempt& attempt, SteadyTime began);
    void record(const Delivery& delivery, const Attempt& attempt, AttemptMeasure measure,
                int tries);
    void receive(UnitOfWork& unit, const Delivery& delivery, Instant now);
    void on_recorded(const Delivery& delivery, const Attempt& attempt, AttemptMeasure measure,
                     int tries, const Outcome& outcome);
    bool record_later(const Delivery& delivery, const Attempt& attempt, AttemptMeasure measure,
                      int tries);
    void done_with(const std::string& id);
    void tell_breaker(const Attempt& attempt);
    std::chrono::nanoseconds longest_wait() const;
    void look_in(std::chrono::nanoseconds pause);
    void submit(UnitOfWork unit, std::function<void(Worker&, const Outcome&)> then);

    LaneParts parts_;
    std::atomic<bool> woken_ = false;
    std::atomic<bool> stopped_ = false;
    AttemptCounters counters_;
    // The rest: the reactor's thread only.
    LaneSettings settings_;
    std::vector<std::unique_ptr<Way>> ways_;  // the last is the present one
    Breaker breaker_;
    // From the claim to the record; each is in one of the four stages.
    std::set<std::string> in_flight_;
    std::size_t claiming_ = 0;
    std::deque<Claimed> ready_;
    std::size_t sending_ = 0;
    std::size_t recording_ = 0;
    bool is_sending_ready_ = false;
    // Of an answered attempt; nothing while the last one was not answered.
    std::optional<std::chrono::nanoseconds> pace_;
    std::optional<SteadyTime> timer_due_;
    TimerId timer_ = 0;
    std::minstd_rand random_;
};

void DeliveryLane::Worker::wake() {
    if (woken_.exchange(true)) {
        return;
    }
    parts_.reactor.post([self = weak_from_this()] {
        if (const auto worker = self.lock()) {
            worker->look();
        }
    });
}

void DeliveryLane::Worker::post_change(LaneSettings settings,
                                       std::unique_ptr<Transport> transport) {
    // A task must be copyable, a transport is not.
    const auto handed = std::make_shared<std::unique_ptr<Transport>>(std::move(transport));
    parts_.reactor.post([self = weak_from_this(), settings = std::move(settings), handed] {
        if (const auto worker = self.lock()) {
            worker->change(settings, std::move(*handed));
        }
    });
}

void DeliveryLane::Worker::change(LaneSettings settings, std::unique_ptr<Transport> transport) {
    settings_ = std::move(settings);
    breaker_ = Breaker(settings_.breaker);  // the new way may be the one that works
    counters_.breaker_closed();
    ways_.push_back(std::make_unique<Way>(Way{std::move(transport)}));
    drop_old_ways();
    wake();
}

// In a later turn: the transport that calls us must not be destroyed by its own call.
void DeliveryLane::Worker::leave(Way& way) {
    --way.under_way;
    if (&way != ways_.back().get() && way.under_way == 0) {
        parts_.reactor.post([self = weak_from_this()] {
            if (const auto worker = self.lock()) {
                worker->drop_old_ways();
            }
        });
    }
}

void DeliveryLane::Worker::drop_old_ways() {
    const Way* present = ways_.back().get();
    std::erase_if(ways_, [present](const std::unique_ptr<Way>& way) {
        return way.get() != present && way->under_way == 0;
    });
}

void DeliveryLane::Worker::look() {
    woken_ = false;
    if (stopped_) {
        return;
    }
    if (parts_.store.away()) {
        look_in(store_pause);
        return;
    }
    try {
        send_ready();  // what was claimed while the breaker was open
        claim_due();
    } catch (const Failure& failure) {
        store_failed(failure);
    }
}

// The delivery worker's boundary: a store that cannot be read now is asked again.
void DeliveryLane::Worker::store_failed(const Failure& failure) {
    parts_.log.write_failure("delivery.store", failure, {LogField::partner(settings_.destination)});
    look_in(store_pause);
}

// Read once it is claimed, whole and as it was stored: the digest is checked. A Failure `fault`
// means that they are damaged.
std::shared_ptr<const std::string> DeliveryLane::Worker::bytes_of(const std::string& id) const {
    const auto stored = parts_.store.delivery(id);
    if (!stored) {
        throw Failure(Category::fault, "a claimed delivery is not in the store");
    }
    return stored->bytes;
}

// How many may be claimed before there is room to send them: what a peer of the present pace takes
// in a part of a lease. None while the breaker is not closed, or the peer's pace is not known.
std::size_t DeliveryLane::Worker::ahead() const {
    if (!pace_) {
        return 0;
    }
    const std::chrono::nanoseconds time = settings_.lease / ahead_part_of_lease;
    const auto pace = std::max(*pace_, std::chrono::nanoseconds(1));
    return std::min(static_cast<std::size_t>(time / pace), ahead_max);
}

std::size_t DeliveryLane::Worker::room_to_claim() const {
    // More may be under way than the settings, or the breaker, of now allow.
    const std::size_t most = breaker_.room(parts_.clock.steady(), settings_.in_flight_max);
    const std::size_t slots = most > sending_ ? most - sending_ : 0;
    const std::size_t wanted = slots + ahead();
    const std::size_t claimed = claiming_ + ready_.size();
    // A look costs about the same for one as for many: not before half of them are gone.
    const bool is_worth_it = claimed < wanted && (claimed < slots || claimed * 2 <= wanted);
    return is_worth_it && recording_ < recording_max ? wanted - claimed : 0;
}

void DeliveryLane::Worker::claim_due() {
    const SteadyTime steady = parts_.clock.steady();
    if (const auto probe_at = breaker_.opens_until(steady)) {
        look_in(*probe_at - steady);
        return;
    }
    const std::size_t room = room_to_claim();
    if (room == 0) {
        return;
    }
    // Until a claim is committed, its delivery still looks due.
    const Instant now = parts_.clock.now();
    const auto due = parts_.store.due_deliveries(
        settings_.destination, {now, now + std::chrono::ceil<Instant::duration>(longest_wait())},
        room + claiming_);
    std::size_t claimed = 0;
    for (const Delivery& delivery : due) {
        if (claimed < room && !in_flight_.contains(delivery.id)) {
            ++claimed;
            claim(delivery);
        }
    }
    if (claimed < room) {
        look_again_when_due(now);
    }
}

// What is due already is claimed, or waits for the end of an earlier one: done_with() looks again.
void DeliveryLane::Worker::look_again_when_due(Instant now) {
    const auto next = parts_.store.next_attempt(settings_.destination);
    if (next && *next >= now) {
        look_in(std::min<std::chrono::nanoseconds>(*next - now, longest_wait()));
    }
    if (parts_.store.is_shared()) {
        look_in(shared_pause);
    }
}

void DeliveryLane::Worker::claim(Delivery delivery) {
    in_flight_.insert(delivery.id);
    ++claiming_;
    const Instant now = parts_.clock.now();
    UnitOfWork unit;
    unit.add(LeaseDelivery{delivery.id, delivery.lease, now, now + settings_.lease});
    submit(std::move(unit),
           [delivery = std::move(delivery)](Worker& worker, const Outcome& outcome) mutable {
               worker.on_claimed(std::move(delivery), outcome);
           });
}

void DeliveryLane::Worker::on_claimed(Delivery delivery, const Outcome& outcome) {
    --claiming_;
    const auto* committed = std::get_if<Committed>(&outcome);
    if (committed == nullptr) {
        // Someone else has it, or the store cannot write: look again in a while.
        in_flight_.erase(delivery.id);
        look_in(store_pause);
        return;
    }
    delivery.lease = committed->assigned.at(0);
    ++delivery.attempts;
    ready_.push_back({std::move(delivery), parts_.clock.steady()});
    send_ready();
    if (breaker_.opens_until(parts_.clock.steady())) {
        give_back_all();  // it opened while this was being claimed
    }
}

// In the order of the claims, as far as there is room. Not within itself: a transport may answer at
// once.
void DeliveryLane::Worker::send_ready() {
    if (is_sending_ready_) {
        return;
    }
    is_sending_ready_ = true;
    const std::size_t before = ready_.size();
    while (!ready_.empty() &&
           (stopped_ || sending_ < breaker_.room(parts_.clock.steady(), settings_.in_flight_max))) {
        Claimed next = std::move(ready_.front());
        ready_.pop_front();
        const bool is_fresh =
            parts_.clock.steady() - next.since < settings_.lease / fresh_part_of_lease;
        if (stopped_ || !is_fresh) {
            give_back(next.delivery);
        } else {
            send(std::move(next.delivery));
        }
    }
    is_sending_ready_ = false;
    if (ready_.size() < before) {
        wake();  // the next ones may be claimed meanwhile
    }
}

void DeliveryLane::Worker::send(Delivery delivery) {
    const SteadyTime began = parts_.clock.steady();
    ++sending_;
    try {
        delivery.bytes = bytes_of(delivery.id);
    } catch (const Failure& failure) {
        if (failure.category() == Category::fault) {
            parts_.log.write_failure("delivery.damaged", failure,
                                     {LogField::id("delivery", delivery.id)});
            on_attempt(delivery, {AttemptResult::damaged, "not sent: the stored bytes are damaged"},
                       began);
            return;
        }
        --sending_;
        store_failed(failure);
        in_flight_.erase(delivery.id);  // its lease ends by itself
        return;
    }
    Way& way = *ways_.back();
    ++way.under_way;
    way.transport->send(delivery,
                        [self = weak_from_this(), &way, delivery, began](const Attempt& attempt) {
                            if (const auto worker = self.lock()) {
                                worker->leave(way);
                                worker->keep_pace(attempt, worker->parts_.clock.steady() - began);
                                worker->tell_breaker(attempt);
                                worker->on_attempt(delivery, attempt, began);
                            }
                        });
}

// Not tried: its turn is now, as it was.
void DeliveryLane::Worker::give_back(const Delivery& delivery) {
    UnitOfWork unit;
    unit.add(RescheduleDelivery{delivery.id, delivery.lease, delivery.next_attempt,
                                delivery.outcome, delivery.failures});
    ++recording_;
    submit(std::move(unit), [id = delivery.id](Worker& worker, const Outcome&) {
        --worker.recording_;
        worker.done_with(id);  // where it failed, the lease ends by itself
    });
}

void DeliveryLane::Worker::give_back_all() {
    for (const Claimed& claimed : std::exchange(ready_, {})) {
        give_back(claimed.delivery);
    }
}

void DeliveryLane::Worker::keep_pace(const Attempt& attempt, std::chrono::nanoseconds took) {
    if (attempt.result == AttemptResult::try_again) {
        pace_.reset();
        return;
    }
    pace_ = pace_ ? (*pace_ * (pace_weight - 1) + took) / pace_weight : took;
}

// Another process, or our own next start, need not wait for the ends of these leases.
void DeliveryLane::Worker::stop() {
    if (stopped_.exchange(true)) {
        return;
    }
    parts_.reactor.post([self = weak_from_this()] {
        if (const auto worker = self.lock()) {
            worker->give_back_all();
        }
    });
}

void DeliveryLane::Worker::on_attempt(const Delivery& delivery, const Attempt& attempt,
                                      SteadyTime began) {
    --sending_;
    const auto took = parts_.clock.steady() - began;
    counters_.count(attempt.result, took);
    const Instant now = parts_.clock.now();
    const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
    const AttemptMeasure measure{
        .began = now - std::chrono::duration_cast<std::chrono::microseconds>(took),
        .ended = now,
        .next_attempt =
            now + pause_after(delivery.attempts, settings_.retry, random, attempt.asked_pause),
        .give_up_at = delivery.budget_from + settings_.retry.budget,
        .quarantine = settings_.quarantine};
    ++recording_;
    record(delivery, attempt, measure, 0);
    send_ready();
}

void DeliveryLane::Worker::tell_breaker(const Attempt& attempt) {
    const Breaker::Change change = attempt.result == AttemptResult::try_again
                                       ? breaker_.unanswered(parts_.clock.steady())
                                       : breaker_.answered();
    if (change == Breaker::Change::opened) {
        counters_.breaker_opened();
        parts_.log.write(
            LogLevel::warning, "delivery.breaker_open",
            {LogField::partner(settings_.destination), LogField::reason(attempt.outcome)});
        give_back_all();
    } else if (change == Breaker::Change::closed) {
        counters_.breaker_closed();
        parts_.log.write(LogLevel::info, "delivery.breaker_closed",
                         {LogField::partner(settings_.destination)});
    }
}

void DeliveryLane::Worker::record(const Delivery& delivery, const Attempt& attempt,
                                  AttemptMeasure measure, int tries) {
    UnitOfWork unit;
    try {
        unit = record_attempt(parts_.store, delivery, attempt, measure);
        if (attempt.result == AttemptResult::delivered) {
            receive(unit, delivery, measure.ended);
        }
    } catch (const Failure& failure) {
        if (failure.category() == Category::unavailable &&
            record_later(delivery, attempt, measure, tries)) {
            return;
        }
        parts_.log.write_failure("delivery.record", failure,
                                 {LogField::id("delivery", delivery.id)});
        --recording_;
        done_with(delivery.id);  // its lease ends by itself, and the delivery is tried again
        return;
    }
    submit(std::move(unit),
           [delivery, attempt, measure, tries](Worker& worker, const Outcome& outcome) {
               worker.on_recorded(delivery, attempt, measure, tries, outcome);
           });
}

// A damaged Task must not hide that its referral was delivered: it would go out with every lease.
void DeliveryLane::Worker::receive(UnitOfWork& unit, const Delivery& delivery, Instant now) {
    try {
        add_receipt(unit, parts_.store, parts_.names, delivery, now);
    } catch (const Failure& failure) {
        if (failure.category() == Category::unavailable) {
            throw;
        }
        parts_.log.write_failure("delivery.receipt", failure,
                                 {LogField::id("delivery", delivery.id)});
    }
}

void DeliveryLane::Worker::on_recorded(const Delivery& delivery, const Attempt& attempt,
                                       AttemptMeasure measure, int tries, const Outcome& outcome) {
    const auto* failed = std::get_if<PreconditionFailed>(&outcome);
    if (failed != nullptr && failed->precondition != Precondition::lease && tries < resubmits_max) {
        // The Task moved meanwhile (the performer was faster than our record): judge it again.
        record(delivery, attempt, measure, tries + 1);
        return;
    }
    if (std::holds_alternative<Unavailable>(outcome) &&
        record_later(delivery, attempt, measure, tries)) {
        return;
    }
    --recording_;
    const bool is_good = std::holds_alternative<Committed>(outcome);
    parts_.log.write(
        is_good && attempt.result == AttemptResult::delivered ? LogLevel::info : LogLevel::warning,
        is_good ? "delivery.attempt" : "delivery.not_recorded",
        {LogField::id("delivery", delivery.id), LogField::id("message", delivery.message),
         LogField::partner(delivery.destination), LogField::count("attempt", delivery.attempts),
         LogField::reason(attempt.outcome)});
    done_with(delivery.id);
}

// What the peer has said is not forgotten because a database is away for a while: it would get the
// same again. No longer than the lease: then it is anybody's.
bool DeliveryLane::Worker::record_later(const Delivery& delivery, const Attempt& attempt,
                                        AttemptMeasure measure, int tries) {
    if (stopped_ || !parts_.store.accepts() ||
        parts_.clock.now() >= measure.began + settings_.lease) {
        return false;
    }
    parts_.reactor.after(store_pause, [self = weak_from_this(), delivery, attempt, measure, tries] {
        if (const auto worker = self.lock()) {
            worker->record(delivery, attempt, measure, tries);
        }
    });
    return true;
}

void DeliveryLane::Worker::done_with(const std::string& id) {
    in_flight_.erase(id);
    wake();
}

// None is told to wait for longer: a retry's pause, or the lease of a process that has died.
std::chrono::nanoseconds DeliveryLane::Worker::longest_wait() const {
    return settings_.retry.max + settings_.lease;
}

void DeliveryLane::Worker::look_in(std::chrono::nanoseconds pause) {
    pause = std::max(pause, std::chrono::nanoseconds::zero());
    const SteadyTime due = parts_.clock.steady() + pause;
    if (timer_due_ && *timer_due_ <= due) {
        return;
    }
    if (timer_due_) {
        parts_.reactor.cancel(timer_);
    }
    timer_due_ = due;
    timer_ = parts_.reactor.after(pause, [self = weak_from_this()] {
        if (const auto worker = self.lock()) {
            worker->timer_due_.reset();
            worker->look();
        }
    });
}

void DeliveryLane::Worker::submit(UnitOfWork unit,
                                  std::function<void(Worker&, const Outcome&)> then) {
    parts_.store.submit(
        std::move(unit),
        [mailbox = parts_.reactor.mailbox()](std::function<void()> task) {
            mailbox->post(std::move(task));
        },
        [self = weak_from_this(), then = std::move(then)](const Outcome& outcome) {
            if (const auto worker = self.lock()) {
                then(*worker, outcome);
            }
        });
}

DeliveryLane::DeliveryLane(LaneParts parts, LaneSettings settings,
                           std::unique_ptr<Transport> transport)
    : worker_(
          std::make_shared<Worker>(std::move(parts), std::move(settings), std::move(transport))) {
}

DeliveryLane::~DeliveryLane() {
    stop();
    // On the reactor's thread, in a turn of its own: nothing of the worker is running then.
    Reactor& reactor = worker_->reactor();
    reactor.settle([this] {
        worker_->give_back_all();
        worker_.reset();
    });
}

void DeliveryLane::wake() {
    worker_->wake();
}

void DeliveryLane::change(LaneSettings settings, std::unique_ptr<Transport> transport) {
    worker_->post_change(std::move(settings), std::move(transport));
}

AttemptReading DeliveryLane::attempts() const {
    return worker_->attempts();
}

void DeliveryLane::stop() {
    worker_->stop();
}

}  // namespace gateway
