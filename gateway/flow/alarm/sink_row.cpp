#include "gateway/flow/alarm/sink_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gateway {

void SinkRow::change(std::vector<SinkPlace> places, Retries retries) {
    retries_ = retries;
    for (SinkPlace& place : places) {
        const auto known = std::ranges::find_if(places_, [&](const SinkPlace& each) {
            return each.settings.name == place.settings.name;
        });
        if (known == places_.end()) {
            continue;
        }
        if (known->settings == place.settings && known->mark == place.mark) {
            place = std::move(*known);
            places_.erase(known);
        } else {
            place.sent = known->sent;
            place.failed = known->failed;
        }
    }
    places_ = std::move(places);
}

SinkPlace* SinkRow::choose(Urgency urgency, SteadyTime now) {
    for (SinkPlace& place : places_) {
        const bool is_due = place.next_try <= now;
        if (place.settings.takes(urgency) && (is_due || !place.is_dead)) {
            return is_due ? &place : nullptr;  // its next try is near: the one behind it waits
        }
    }
    return nullptr;
}

SinkPlace* SinkRow::named(const std::string& name) {
    const auto place = std::ranges::find_if(
        places_, [&](const SinkPlace& each) { return each.settings.name == name; });
    return place == places_.end() ? nullptr : &*place;
}

SinkPlace* SinkRow::to_probe(SteadyTime now) {
    const auto place = std::ranges::find_if(
        places_, [now](const SinkPlace& each) { return each.is_dead && each.next_try <= now; });
    return place == places_.end() ? nullptr : &*place;
}

void SinkRow::took(SinkPlace& place) const {
    ++place.sent;
    place.failures = 0;
    place.is_dead = false;
    place.next_try = {};
    place.fault.clear();
}

void SinkRow::failed(SinkPlace& place, std::string fault, SteadyTime now) const {
    ++place.failed;
    ++place.failures;
    place.is_dead = place.failures >= retries_.tries;
    place.next_try = now + (place.is_dead ? retries_.pause_dead : retries_.pause);
    place.fault = std::move(fault);
}

std::vector<Condition> SinkRow::dead() const {
    std::vector<Condition> conditions;
    for (const SinkPlace& place : places_) {
        if (place.is_dead) {
            conditions.push_back({AlarmClass::sink_dead, "sink:" + place.settings.name,
                                  fmt::format("the alarm sink {} takes nothing: {}",
                                              place.settings.name, place.fault)});
        }
    }
    return conditions;
}

}  // namespace gateway
