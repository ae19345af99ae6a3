#include "gateway/flow/alarm/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gateway {

namespace {

using namespace std::chrono_literals;

constexpr auto step_shown = 1h;
constexpr auto concern_shown = 1h;
constexpr auto reading_age_max = 5min;

std::string minutes_text(std::chrono::microseconds time) {
    return fmt::format("{} min", std::chrono::floor<std::chrono::minutes>(time).count());
}

void add(Observation& to, AlarmClass kind, std::string key, std::string text,
         std::uint64_t count = 1) {
    to.conditions.push_back({kind, std::move(key), std::move(text), count});
}

}  // namespace

void add_queue_conditions(Observation& to, const BacklogReading& backlog, const Moment& now,
                          std::chrono::milliseconds age_max) {
    std::map<std::string, Instant> oldest;
    for (const DeliveryCount& count : backlog.deliveries) {
        if (count.state == DeliveryState::quarantined && count.count > 0) {
            add(to, AlarmClass::quarantine, "quarantine:" + count.destination,
                fmt::format("{} in quarantine for {}: given up, until a person acts",
                            count.count == 1 ? "1 delivery is"
                                             : fmt::format("{} deliveries are", count.count),
                            count.destination),
                count.count);
        }
        if (count.count > 0 &&
            (count.state == DeliveryState::pending || count.state == DeliveryState::leased)) {
            const auto [place, is_new] = oldest.try_emplace(count.destination, count.oldest);
            place->second = std::min(place->second, count.oldest);
        }
    }
    for (const auto& [partner, count] : backlog.stranded) {
        add(to, AlarmClass::quarantine, "quarantine_from:" + partner,
            fmt::format("{} from {} in quarantine: acknowledged, and cannot go on by itself",
                        count == 1 ? "1 message is" : fmt::format("{} messages are", count),
                        partner),
            count);
    }
    for (const auto& [destination, since] : oldest) {
        if (now.wall - since > age_max) {
            add(to, AlarmClass::queue_age, "queue_age:" + destination,
                fmt::format("the oldest delivery to {} has waited for {}", destination,
                            minutes_text(now.wall - since)));
        }
    }
    const auto age = std::chrono::floor<std::chrono::microseconds>(now.steady - backlog.at);
    if (age > reading_age_max) {
        add(to, AlarmClass::store_failed, "store_unread",
            fmt::format("what waits in the store could not be counted for {}", minutes_text(age)));
    }
}

void add_certificate_condition(Observation& to, const std::string& name, Instant not_after,
                               Instant now, std::chrono::milliseconds within) {
    const auto left = not_after - now;
    if (left <= 0us) {
        add(to, AlarmClass::certificate_ended, "certificate_ended:" + name,
            fmt::format("the certificate of {} ended at {}", name, to_fhir_instant(not_after)));
    } else if (left < within) {
        add(to, AlarmClass::certificate, "certificate:" + name,
            fmt::format("the certificate of {} ends at {}, in {} days", name,
                        to_fhir_instant(not_after),
                        std::chrono::floor<std::chrono::days>(left).count()));
    }
}

void add_disk_conditions(Observation& to, DiskLevel level, const DiskSpace& space) {
    if (level == DiskLevel::enough) {
        return;
    }
    constexpr std::uint64_t mib = 1U << 20U;
    constexpr double hundred = 100.0;
    const std::string text =
        fmt::format("the disk under the store is {:.0f} % full, {} MiB are left",
                    space.used_ratio() * hundred, space.free_bytes / mib);
    add(to, AlarmClass::disk_low, "disk_low", text);
    if (level == DiskLevel::full) {
        add(to, AlarmClass::disk_full, "disk_full", text + "; new messages are refused");
    }
}

void add_audit_conditions(Observation& to, CheckpointResult latest) {
    switch (latest) {
        case CheckpointResult::written:
        case CheckpointResult::nothing_new:
            return;
        case CheckpointResult::not_sound:
            add(to, AlarmClass::audit_not_sound, "audit_not_sound",
                "the audit is not as it was written: the log (audit.not_sound) names the record");
            return;
        case CheckpointResult::failed:
            add(to, AlarmClass::checkpoint_failed, "checkpoint_failed",
                "the last checkpoint of the audit could not be made");
            return;
    }
}

void ConcernWatch::note(const Concern& concern, SteadyTime now) {
    if (concern.kind != ConcernKind::control_id_reused) {
        return;
    }
    const std::lock_guard lock(mutex_);
    Noted& noted = reused_[concern.partner];
    ++noted.count;
    noted.last = now;
}

void ConcernWatch::add_conditions(Observation& to, SteadyTime now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(reused_,
                  [now](const auto& each) { return now - each.second.last > concern_shown; });
    for (const auto& [partner, noted] : reused_) {
        add(to, AlarmClass::control_id_reused, "control_id_reused:" + partner,
            fmt::format("{} from {} came under control ids that were used before",
                        noted.count == 1 ? "1 other message"
                                         : fmt::format("{} other messages", noted.count),
                        partner),
            noted.count);
    }
}

std::optional<Condition> StepWatch::look(const Moment& now, std::chrono::milliseconds step_max) {
    if (last_) {
        const auto wall = now.wall - last_->wall;
        const auto steady =
            std::chrono::duration_cast<std::chrono::microseconds>(now.steady - last_->steady);
        const auto step = wall - steady;
        if (std::chrono::abs(step) > step_max) {
            stepped_ = now.steady;
            step_ =
                Condition{AlarmClass::clock_step, "clock_step",
                          fmt::format("the clock of this machine was set {} by {:.1f} s to {}",
                                      step > 0us ? "forward" : "back",
                                      std::chrono::duration<double>(std::chrono::abs(step)).count(),
                                      to_fhir_instant(now.wall)),
                          step_ ? step_->count + 1 : 1};
        }
    }
    last_ = now;
    if (step_ && now.steady - stepped_ > step_shown) {
        step_.reset();
    }
    return step_;
}

Observation AlarmWatch::look() {
    Observation now;
    const auto snapshot = parts_.snapshot();
    const AlarmSettings& alarms = snapshot->settings->alarms;
    const Moment moment{parts_.clock.now(), parts_.clock.steady()};
    look_at_store(now, alarms, moment);
    look_at_breakers(now);
    add_disk_conditions(now, parts_.disk.level(), parts_.disk.space());
    look_at_certificates(now, *snapshot, moment.wall);
    if (parts_.checkpoints != nullptr) {
        add_audit_conditions(now, parts_.checkpoints->latest_result());
    }
    concerns_.add_conditions(now, moment.steady);
    if (auto step = steps_.look(moment, alarms.clock_step)) {
        now.conditions.push_back(std::move(*step));
    }
    return now;
}

void AlarmWatch::look_at_store(Observation& now, const AlarmSettings& alarms,
                               const Moment& moment) const {
    if (!parts_.store.accepts()) {
        add(now, AlarmClass::store_failed, "store_failed",
            "the store takes no messages until the gateway is restarted");
    }
    const auto backlog = parts_.backlog.latest();
    if (!backlog) {
        now.unseen.insert({AlarmClass::quarantine, AlarmClass::queue_age});
        return;
    }
    add_queue_conditions(now, *backlog, moment, alarms.queue_age);
}

void AlarmWatch::look_at_breakers(Observation& now) const {
    for (const auto& [destination, attempts] : parts_.outbox.attempts()) {
        if (attempts.is_breaker_open) {
            add(now, AlarmClass::breaker, "breaker:" + destination,
                fmt::format("{} does not answer: nothing is sent there but probes", destination));
        }
    }
}

void AlarmWatch::look_at_certificates(Observation& now, const Snapshot& snapshot,
                                      Instant wall) const {
    const auto within = snapshot.settings->alarms.certificate_within;
    const auto look_at = [&](const std::string& name,
                             const std::shared_ptr<const TlsContext>& tls) {
        if (tls && tls->not_after()) {
            add_certificate_condition(now, name, *tls->not_after(), wall, within);
        }
    };
    const Credentials& credentials = snapshot.credentials;
    look_at("listener:mllp", credentials.mllp.tls);
    look_at("listener:https", credentials.https.tls);
    for (const auto& [partner, tls] : credentials.to_partner) {
        look_at("partner:" + partner, tls);
    }
    for (const auto& [sink, own] : credentials.to_sink) {
        look_at("sink:" + sink, own.tls);
    }
    for (const SeenCertificate& seen : parts_.seen.of_today()) {
        if (snapshot.settings->partner(seen.partner) != nullptr) {
            add_certificate_condition(now,
                                      fmt::format("of:{}:{:.8}", seen.partner, seen.spki_sha256),
                                      seen.not_after, wall, within);
        }
    }
}

}  // namespace gateway
