#include "gateway/flow/store/key_rotation.h"

#include <algorithm>
#include <utility>

#include "gateway/base/act.h"

namespace gateway {

namespace {

// Looked at in one step: well below a millisecond of the executor's thread.
constexpr std::size_t keys_per_step = 64;

}  // namespace

KeyRotation::KeyRotation(Store& store, std::shared_ptr<const KeyRing> keys, const Clock& clock,
                         Log& log, Executor executor)
    : store_(store),
      keys_(std::move(keys)),
      clock_(clock),
      log_(log),
      executor_(std::move(executor)) {
}

void KeyRotation::start() {
    const auto masters = store_.master_keys();
    const auto is_older = [this](const std::string& id) { return id != keys_->current(); };
    if (std::ranges::any_of(masters, is_older)) {
        is_running_ = true;
        log_.write(LogLevel::info, "store.key_rotation_started",
                   {LogField::id("master_key", keys_->current())});
        executor_([this, ring = ring_] {
            if (ring == ring_) {
                step();
            }
        });
    }
}

void KeyRotation::change_to(std::shared_ptr<const KeyRing> keys) {
    executor_([this, keys = std::move(keys)] { take_over(keys); });
}

// Nothing is sealed under a key before it is durable that the store needs it.
void KeyRotation::take_over(std::shared_ptr<const KeyRing> keys) {
    ++ring_;
    const bool is_new = keys->current() != keys_->current();
    keys_ = std::move(keys);
    looked_at_ = 0;
    rewrapped_ = 0;
    unreadable_ = 0;
    is_running_ = true;
    UnitOfWork unit;
    unit.add(UseKeyRing{keys_});
    if (is_new) {
        unit.add(AddAudit{record_of("master_key_changed")});
    }
    submit(std::move(unit), &KeyRotation::walk);
}

// All that is committed from here on is under the new key.
void KeyRotation::walk() {
    log_.write(LogLevel::info, "store.key_rotation_started",
               {LogField::id("master_key", keys_->current())});
    step();
}

AuditRecord KeyRotation::record_of(const char* outcome) const {
    AuditRecord record;
    record.at = clock_.now();
    record.action = AuditAction::operate;
    record.actor = "gateway";
    record.outcome = outcome;
    return record;
}

void KeyRotation::step() {
    const auto found = store_.data_keys_after(looked_at_, keys_per_step);
    if (!found.empty()) {
        looked_at_ = found.back().id;
    }
    UnitOfWork unit;
    for (const StoredPayloadKey& data_key : found) {
        if (KeyRing::master_of(data_key.wrapped) == keys_->current() ||
            KeyRing::is_destroyed(data_key.wrapped)) {
            continue;
        }
        if (auto wrapped = keys_->rewrap(data_key.wrapped)) {
            unit.add(RewrapPayloadKey{data_key.id, data_key.wrapped, std::move(*wrapped)});
            ++rewrapped_;
            ++rewrapped_in_all_;
        } else {
            ++unreadable_;
        }
    }
    // What is added behind these is under the current master key already.
    const auto next = found.size() < keys_per_step ? &KeyRotation::finish : &KeyRotation::step;
    if (unit.empty()) {
        executor_([this, next, ring = ring_] {
            if (ring == ring_) {
                (this->*next)();
            }
        });
    } else {
        submit(std::move(unit), next);
    }
}

void KeyRotation::finish() {
    if (unreadable_ > 0) {
        is_running_ = false;
        log_.write(
            LogLevel::error, "store.key_rotation_incomplete",
            {LogField::count("rewrapped", rewrapped_), LogField::count("unreadable", unreadable_),
             LogField::reason("keep the older master keys: data keys under them are damaged "
                              "here and may be sound in a backup")});
        return;
    }
    UnitOfWork unit;
    unit.add(ForgetOtherMasterKeys{keys_->current()});
    unit.add(AddAudit{record_of("keys_rotated")});
    submit(std::move(unit), &KeyRotation::report);
}

void KeyRotation::report() {
    is_running_ = false;
    log_.write(
        LogLevel::info, "store.keys_rotated",
        {LogField::id("master_key", keys_->current()), LogField::count("rewrapped", rewrapped_)});
}

void KeyRotation::submit(UnitOfWork unit, void (KeyRotation::*then)()) {
    const Act act(ActSite::key_rotation);
    store_.submit(std::move(unit), executor_, [this, then, ring = ring_](const Outcome& outcome) {
        if (ring != ring_) {
            return;
        }
        if (const auto* unavailable = std::get_if<Unavailable>(&outcome)) {
            is_running_ = false;
            log_.write(LogLevel::warning, "store.key_rotation_interrupted",
                       {LogField::reason(unavailable->reason)});
        } else {
            (this->*then)();
        }
    });
}

}  // namespace gateway
