#include "gateway/flow/store/retention.h"

#include <utility>
#include <vector>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

// One commit's worth: traffic waits for no more than that.
constexpr std::size_t messages_per_page = 32;

UnitOfWork destroying(const std::string& message, Instant now) {
    UnitOfWork unit;
    unit.add(DestroyPayloadKeys{message, now});
    AuditRecord record;
    record.at = now;
    record.action = AuditAction::operate;
    record.actor = "gateway";
    record.message = message;
    record.outcome = "keys_destroyed";
    unit.add(AddAudit{std::move(record)});
    TraceEvent event;
    event.message = message;
    event.at = now;
    event.stage = "destroyed";
    event.text =
        "nobody can read this message, its answer and its deliveries any more: their time is over "
        "(store.retention)";
    unit.add(AddTrace{std::move(event)});
    return unit;
}

}  // namespace

Retention::Retention(Parts parts, std::optional<std::chrono::milliseconds> kept, Executor executor)
    : parts_(parts), kept_(kept), executor_(std::move(executor)) {
}

void Retention::run() {
    if (kept_ && !is_running_.exchange(true)) {
        executor_([this] {
            looked_at_ = {};
            before_ = destroyed_;
            is_cut_ = false;
            step();
        });
    }
}

void Retention::step() {
    try {
        take_page();
    } catch (const Failure& failure) {  // tried again at the next time
        parts_.log.write_failure("store.retention_failed", failure, {});
        is_running_ = false;
    }
}

void Retention::take_page() {
    const Instant now = parts_.clock.now();
    const auto page = parts_.store.expired_messages(now - *kept_, looked_at_, messages_per_page);
    if (page.empty()) {
        finish();
        return;
    }
    looked_at_ = page.back();
    is_last_page_ = page.size() < messages_per_page;
    waiting_ = page.size();
    for (const ExpiredMessage& message : page) {
        parts_.store.submit(destroying(message.id, now), executor_,
                            [this](const Outcome& outcome) { note(outcome); });
    }
}

// A refusal means that somebody needs it again, such as a delivery that is replayed.
void Retention::note(const Outcome& outcome) {
    if (std::holds_alternative<Committed>(outcome)) {
        ++destroyed_;
    } else if (std::holds_alternative<Unavailable>(outcome)) {
        is_cut_ = true;
    }
    if (--waiting_ > 0) {
        return;
    }
    if (is_last_page_ || is_cut_) {
        finish();
    } else {
        step();
    }
}

void Retention::finish() {
    if (const std::uint64_t count = destroyed_ - before_; count > 0) {
        parts_.log.write(LogLevel::info, "store.keys_destroyed",
                         {LogField::count("messages", static_cast<std::int64_t>(count))});
    }
    is_running_ = false;
}

}  // namespace gateway
