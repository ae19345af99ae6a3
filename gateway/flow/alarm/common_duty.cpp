#include "gateway/flow/alarm/common_duty.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "gateway/base/failure.h"
#include "gateway/flow/alarm/incident_file.h"

namespace gateway {

namespace {

constexpr const char* duty_name = "alarms";

}  // namespace

bool is_common(AlarmClass kind) {
    return kind == AlarmClass::quarantine || kind == AlarmClass::queue_age;
}

void CommonDuty::look(const std::vector<Incident>& mine) {
    const Instant now = parts_.clock.now();
    if (has_note_ && now >= until_) {
        has_note_ = false;
        noted_.clear();
    }
    const bool is_due = !claimed_ || now - *claimed_ >= between_claims || now < *claimed_;
    if (is_under_way_ || (!is_due && !(is_ours() && mine != noted_))) {
        return;
    }
    claimed_ = now;
    claim(is_ours() ? std::optional(mine) : std::nullopt, now + lasts);
}

std::optional<std::vector<Incident>> CommonDuty::take_over() {
    return std::exchange(taken_over_, std::nullopt);
}

bool CommonDuty::is_ours() const {
    return has_note_ && !taken_over_ && parts_.clock.now() < until_;
}

bool CommonDuty::is_noted(const std::string& incident) const {
    return std::ranges::find(noted_, incident, &Incident::id) != noted_.end();
}

void CommonDuty::leave(const std::vector<Incident>& mine) {
    if (is_ours()) {
        claim(mine, Instant{});
        has_note_ = false;
    }
}

// Without incidents of its own the note stays as it is.
void CommonDuty::claim(std::optional<std::vector<Incident>> mine, Instant until) {
    is_under_way_ = true;
    HoldDuty hold{duty_name, parts_.holder, parts_.clock.now(), until};
    if (mine) {
        hold.note = incidents_json(*mine);
    }
    UnitOfWork unit;
    unit.add(std::move(hold));
    parts_.store.submit(
        std::move(unit),
        [mailbox = parts_.reactor.mailbox()](std::function<void()> task) {
            mailbox->post(std::move(task));
        },
        [weak = weak_from_this(), mine = std::move(mine), until](const Outcome& outcome) {
            if (const auto self = weak.lock()) {
                self->on_claimed(mine, until, outcome);
            }
        });
}

// What was not written is asked for again; another has the duty where it was refused.
void CommonDuty::on_claimed(const std::optional<std::vector<Incident>>& mine, Instant until,
                            const Outcome& outcome) {
    is_under_way_ = false;
    if (std::holds_alternative<PreconditionFailed>(outcome)) {
        has_note_ = false;
        noted_.clear();
    }
    if (!std::holds_alternative<Committed>(outcome)) {
        return;
    }
    until_ = until;
    if (mine) {
        noted_ = *mine;
    } else if (!has_note_) {
        read_note();
    }
}

// On a worker: it reads the store.
void CommonDuty::read_note() {
    is_under_way_ = parts_.on_worker([weak = weak_from_this(), parts = parts_] {
        std::optional<std::vector<Incident>> incidents;
        try {
            const auto duty = parts.store.duty(duty_name);
            incidents =
                duty && !duty->note.empty() ? incidents_of(duty->note) : std::vector<Incident>{};
        } catch (const Failure& failure) {
            parts.log.write_failure("alarm.note_unread", failure);
            if (failure.category() != Category::unavailable) {
                incidents.emplace();  // nobody can read it: what is still so is told again
            }
        }
        parts.reactor.post([weak, incidents] {
            if (const auto self = weak.lock()) {
                self->on_note(incidents);
            }
        });
    });
}

void CommonDuty::on_note(std::optional<std::vector<Incident>> incidents) {
    is_under_way_ = false;
    if (incidents) {
        has_note_ = true;
        noted_ = *incidents;
        taken_over_ = std::move(incidents);
    }
}

}  // namespace gateway
