#include "gateway/app/bench/backlog.h"

#include <fmt/format.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include "gateway/app/bench/load.h"
#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"

namespace gateway {

namespace {

// Well below what the store's queue takes.
constexpr std::size_t waiting_max = 512;

std::string order_key_of(const BacklogPlan& plan, std::size_t index) {
    return fmt::format("bench-patient-{}", plan.patients == 0 ? index : index % plan.patients);
}

// An HL7 v2 message of the size that was asked for.
std::shared_ptr<const std::string> bytes_of(const BacklogPlan& plan, std::size_t index) {
    const std::string number = bench_number(index);
    std::string bytes = fmt::format(
        "MSH|^~\\&|BENCH|GP|PAINBRIDGE|DEMO|20260101120000||REF^I12|{}|P|2.5\r"
        "NTE|1||",
        number);
    if (bytes.size() < plan.bytes) {
        bytes.append(plan.bytes - bytes.size() - 1, 'x');
    }
    bytes += '\r';
    return std::make_shared<const std::string>(std::move(bytes));
}

AuditRecord audit_of(const Message& message, AuditAction action, std::string outcome) {
    AuditRecord record;
    record.at = message.received;
    record.action = action;
    record.actor = message.sender.partner;
    record.message = message.id;
    record.outcome = std::move(outcome);
    record.digest = to_hex(message.digest);
    return record;
}

Message message_of(const BacklogPlan& plan, std::size_t index, IdSource& ids, Instant now) {
    Message message;
    message.id = ids.uuid();
    message.channel = "mllp";
    message.sender.partner = plan.sender;
    message.order_key = order_key_of(plan, index);
    message.content_type = "x-application/hl7-v2+er7";
    message.control_id = bench_number(index);
    message.duplicate_key = plan.destination + "|" + message.control_id;
    message.bytes = bytes_of(plan, index);
    message.digest = sha256(*message.bytes);
    message.duplicate_digest = message.digest;
    message.received = now;
    return message;
}

Delivery delivery_of(const BacklogPlan& plan, const Message& message, IdSource& ids) {
    Delivery delivery;
    delivery.id = ids.uuid();
    delivery.message = message.id;
    delivery.destination = plan.destination;
    delivery.kind = plan.kind;
    delivery.order_key = message.order_key;
    delivery.title = "REF^I12";
    delivery.content_type = message.content_type;
    delivery.bytes = message.bytes;
    delivery.created = message.received;
    delivery.next_attempt = message.received;
    return delivery;
}

UnitOfWork unit_of(const BacklogPlan& plan, std::size_t index, IdSource& ids, Instant now) {
    Message message = message_of(plan, index, ids, now);
    const bool is_queued = plan.waiting_for == WaitingFor::delivery;
    message.state = is_queued ? MessageState::queued : MessageState::received;
    UnitOfWork unit;
    unit.add(AddMessage{message});
    unit.add(AddAudit{audit_of(message, AuditAction::accept, is_queued ? "accepted" : "received")});
    if (is_queued) {
        unit.add(AddDelivery{delivery_of(plan, message, ids)});
        unit.add(AddAudit{audit_of(message, AuditAction::route, plan.destination)});
    }
    unit.add(AddTrace{{.message = message.id,
                       .referral = {},
                       .at = now,
                       .stage = "accepted",
                       .text = "made by the benchmark",
                       .measures = {}}});
    return unit;
}

// Counts what is on its way, and keeps the first refusal.
class Progress {
public:
    void begin() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ < waiting_max; });
        ++waiting_;
    }

    void end(const Outcome& outcome) {
        const std::lock_guard lock(mutex_);
        --waiting_;
        if (const auto* gone = std::get_if<Unavailable>(&outcome)) {
            fault_ = gone->reason;
        } else if (const auto* failed = std::get_if<PreconditionFailed>(&outcome)) {
            fault_ = std::string(to_string(failed->precondition));
        }
        changed_.notify_one();
    }

    std::optional<std::string> await_all() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ == 0; });
        return fault_;
    }

private:
    std::mutex mutex_;  // guards the rest
    std::condition_variable changed_;
    std::size_t waiting_ = 0;
    std::optional<std::string> fault_;
};

}  // namespace

std::chrono::steady_clock::duration fill_backlog(Store& store, const BacklogPlan& plan) {
    const auto began = std::chrono::steady_clock::now();
    RandomIds ids;
    const SystemClock clock;
    Progress progress;
    for (std::size_t index = 0; index < plan.count; ++index) {
        progress.begin();
        store.submit(
            unit_of(plan, index, ids, clock.now()),
            [](const std::function<void()>& task) { task(); },
            [&progress](const Outcome& outcome) { progress.end(outcome); });
    }
    if (const auto fault = progress.await_all()) {
        throw Failure(Category::unavailable, "the backlog could not be made: " + *fault);
    }
    return std::chrono::steady_clock::now() - began;
}

}  // namespace gateway
