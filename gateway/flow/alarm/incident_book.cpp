#include "gateway/flow/alarm/incident_book.h"

#include <algorithm>
#include <set>

namespace gateway {

namespace {

bool is_older(const Incident& left, const Incident& right) {
    return left.opened < right.opened;
}

}  // namespace

void IncidentBook::restore(const std::vector<Incident>& incidents) {
    for (const Incident& incident : incidents) {
        open_.insert_or_assign(incident.key, Entry{incident});
    }
}

void IncidentBook::leave_to_another(const std::function<bool(AlarmClass)>& which) {
    std::erase_if(open_, [&](const auto& each) { return which(each.second.incident.kind); });
}

std::vector<std::string> IncidentBook::observe(const Observation& now, const Moment& moment) {
    std::vector<std::string> opened;
    std::set<std::string> seen;
    for (const Condition& condition : now.conditions) {
        seen.insert(condition.key);
        const auto [place, is_new] = open_.try_emplace(condition.key);
        Incident& incident = place->second.incident;
        if (is_new) {
            incident.id = ids_.uuid();
            incident.kind = condition.kind;
            incident.key = condition.key;
            incident.opened = moment.wall;
            opened.push_back(condition.key);
        }
        incident.text = condition.text;
        incident.count = condition.count;
        place->second.gone_since.reset();
    }
    for (auto& [key, entry] : open_) {
        if (!seen.contains(key) && !now.unseen.contains(entry.incident.kind) && !entry.gone_since) {
            entry.gone_since = moment.steady;
        }
    }
    return opened;
}

bool IncidentBook::is_over(const Entry& entry, const Moment& moment) const {
    return entry.gone_since && moment.steady - *entry.gone_since >= timing_.quiet;
}

std::optional<NoticeEvent> IncidentBook::event_due(const Entry& entry, const Moment& moment) const {
    const Incident& incident = entry.incident;
    if (!incident.told) {
        return NoticeEvent::open;
    }
    if (is_over(entry, moment)) {
        return NoticeEvent::close;
    }
    if (entry.gone_since) {
        return std::nullopt;  // it may be over: not worth a word until that is known
    }
    // A wall clock that was set back must not silence it for ever.
    const auto since = moment.wall - *incident.told;
    const bool is_set_back = since < std::chrono::seconds::zero();
    if (incident.count > incident.told_count && (since >= timing_.more_every || is_set_back)) {
        return NoticeEvent::more;
    }
    const bool reminds = timing_.remind_every > std::chrono::milliseconds::zero();
    if (reminds && (since >= timing_.remind_every || is_set_back)) {
        return NoticeEvent::reminder;
    }
    return std::nullopt;
}

std::vector<DueNotice> IncidentBook::due(const Moment& moment) const {
    std::vector<DueNotice> notices;
    for (const auto& [key, entry] : open_) {
        if (const auto event = event_due(entry, moment)) {
            notices.push_back({entry.incident, *event});
        }
    }
    std::ranges::stable_sort(notices, is_older, &DueNotice::incident);
    return notices;
}

void IncidentBook::told(const DueNotice& notice, Instant at) {
    const auto place = open_.find(notice.incident.key);
    if (place == open_.end() || place->second.incident.id != notice.incident.id) {
        return;
    }
    if (notice.event == NoticeEvent::close) {
        open_.erase(place);
        return;
    }
    place->second.incident.told = at;
    place->second.incident.told_count = notice.incident.count;
}

void IncidentBook::drop_over(const Moment& moment) {
    std::erase_if(open_, [&](const auto& each) { return is_over(each.second, moment); });
}

std::vector<Incident> IncidentBook::incidents() const {
    std::vector<Incident> all;
    for (const auto& [key, entry] : open_) {
        all.push_back(entry.incident);
    }
    std::ranges::stable_sort(all, is_older);
    return all;
}

}  // namespace gateway
