#include "gateway/flow/alarm/alarms.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/flow/alarm/incident_book.h"
#include "gateway/flow/alarm/incident_file.h"

namespace gateway {

namespace {

BookTiming timing_of(const AlarmSettings& settings) {
    return {settings.quiet, settings.more_every, settings.remind_every};
}

// Whether the file would tell a next process the same: what is seen now, it sees itself.
bool is_told_alike(const std::vector<Incident>& left, const std::vector<Incident>& right) {
    return std::ranges::equal(left, right, [](const Incident& one, const Incident& other) {
        return one.id == other.id && one.told == other.told && one.told_count == other.told_count;
    });
}

SinkRow::Retries retries_of(const AlarmSettings& settings) {
    return {settings.tries, settings.retry, settings.retry_dead};
}

}  // namespace

class Alarms::Worker final : public std::enable_shared_from_this<Alarms::Worker> {
public:
    Worker(Parts parts, const AlarmSettings& settings, std::vector<SinkPlace> sinks)
        : parts_(std::move(parts)), settings_(settings), book_(timing_of(settings), parts_.ids) {
        row_.change(std::move(sinks), retries_of(settings));
        take_up();
        publish();
    }

    void look(Observation now);
    void change(const AlarmSettings& settings, std::vector<SinkPlace> sinks);
    void stop();

    AlarmReading reading() const {
        const std::lock_guard lock(mutex_);
        return reading_;
    }

    Reactor& reactor() const { return parts_.reactor; }

private:
    Moment moment() const { return {parts_.clock.now(), parts_.clock.steady()}; }

    void take_up();
    void share_out(Observation& now);
    void look_at_duty();
    std::vector<Incident> incidents(bool common) const;
    bool may_be_told(const Incident& incident) const;
    void tell_next();
    bool tell(SinkPlace* place, const DueNotice& due);
    void probe();
    void give_up_silent_sink();
    void on_sent(const std::string& sink, const DueNotice& due,
                 const std::optional<std::string>& fault);
    Notice notice_of(const DueNotice& due) const;
    void keep();
    void on_kept(const std::vector<Incident>& incidents);
    void write(const std::vector<Incident>& incidents) const;
    void publish();

    Parts parts_;
    AlarmSettings settings_;
    IncidentBook book_;
    SinkRow row_;
    SteadyTime telling_since_{};
    DueNotice telling_due_;
    std::string telling_;     // the name of the sink that has a notice; empty: none
    std::uint64_t turn_ = 0;  // an answer of an earlier one is nobody's
    bool is_stopped_ = false;
    bool is_keeping_ = false;
    std::vector<Incident> kept_;  // as the file has them
    mutable std::mutex mutex_;
    AlarmReading reading_;  // guarded by mutex_
};

// Without its file it begins anew: what is still so is told again.
void Alarms::Worker::take_up() {
    try {
        book_.restore(read_incidents(parts_.file));
        kept_ = incidents(false);
    } catch (const Failure& failure) {
        parts_.log.write_failure("alarm.file_unread", failure,
                                 {LogField::path("file", parts_.file)});
    }
}

// Of those that are told of in the store's name, or of all others, which the file keeps.
std::vector<Incident> Alarms::Worker::incidents(bool common) const {
    std::vector<Incident> all = book_.incidents();
    std::erase_if(all, [&](const Incident& incident) {
        return common != (parts_.common && is_common(incident.kind));
    });
    return all;
}

// Of what all gateways on the store see, one tells.
void Alarms::Worker::share_out(Observation& now) {
    if (auto before = parts_.common->take_over()) {
        book_.restore(*before);
    }
    if (!parts_.common->is_ours()) {
        book_.leave_to_another(is_common);
        std::erase_if(now.conditions,
                      [](const Condition& condition) { return is_common(condition.kind); });
    }
}

// Who can tell nobody leaves it to who can.
void Alarms::Worker::look_at_duty() {
    const bool has_sink =
        std::ranges::any_of(row_.places(), [](const SinkPlace& place) { return !place.is_dead; });
    if (has_sink) {
        parts_.common->look(incidents(true));
    } else {
        parts_.common->leave(incidents(true));
    }
}

bool Alarms::Worker::may_be_told(const Incident& incident) const {
    return !parts_.common || !is_common(incident.kind) || parts_.common->is_noted(incident.id);
}

void Alarms::Worker::look(Observation now) {
    if (is_stopped_) {
        return;
    }
    if (parts_.common) {
        share_out(now);
    }
    for (Condition& condition : row_.dead()) {
        now.conditions.push_back(std::move(condition));
    }
    for (const std::string& key : book_.observe(now, moment())) {
        parts_.log.write(LogLevel::warning, "alarm.opened", {LogField::id("key", key)});
    }
    give_up_silent_sink();
    tell_next();
    keep();
    if (parts_.common) {
        look_at_duty();
    }
    publish();
}

// Each sink keeps the time itself. One that does not must not silence the others.
void Alarms::Worker::give_up_silent_sink() {
    constexpr int patience = 2;
    const auto since = moment().steady - telling_since_;
    if (!telling_.empty() && since > patience * settings_.timeout) {
        ++turn_;
        on_sent(std::string(telling_), telling_due_, "it gave no answer");
    }
}

void Alarms::Worker::change(const AlarmSettings& settings, std::vector<SinkPlace> sinks) {
    settings_ = settings;
    book_.change(timing_of(settings));
    const auto is_same = [&](const SinkPlace& place) {
        return std::ranges::any_of(sinks, [&](const SinkPlace& other) {
            return other.settings == place.settings && other.mark == place.mark;
        });
    };
    const auto telling = std::ranges::find_if(
        row_.places(), [&](const SinkPlace& place) { return place.settings.name == telling_; });
    if (telling != row_.places().end() && !is_same(*telling)) {
        ++turn_;
        telling_.clear();
    }
    row_.change(std::move(sinks), retries_of(settings));
    publish();
}

void Alarms::Worker::stop() {
    is_stopped_ = true;
    ++turn_;
    row_.change({}, {});
    if (parts_.common) {
        parts_.common->leave(incidents(true));
    }
    if (!is_told_alike(incidents(false), kept_)) {
        kept_ = incidents(false);
        write(kept_);
    }
}

Notice Alarms::Worker::notice_of(const DueNotice& due) const {
    return {.incident = due.incident,
            .event = due.event,
            .urgency = settings_.urgency_of(due.incident.kind),
            .responsible = settings_.responsible_for(due.incident.kind),
            .gateway = parts_.gateway,
            .at = parts_.clock.now()};
}

// The urgent first, and of these the oldest.
void Alarms::Worker::tell_next() {
    if (!telling_.empty()) {
        return;
    }
    if (row_.empty()) {
        book_.drop_over(moment());
        return;
    }
    const auto due = book_.due(moment());
    for (const Urgency urgency : {Urgency::urgent, Urgency::normal}) {
        for (const DueNotice& notice : due) {
            if (settings_.urgency_of(notice.incident.kind) == urgency &&
                may_be_told(notice.incident) &&
                tell(row_.choose(urgency, moment().steady), notice)) {
                return;
            }
        }
    }
    probe();
}

bool Alarms::Worker::tell(SinkPlace* place, const DueNotice& due) {
    if (place == nullptr) {
        return false;
    }
    telling_ = place->settings.name;
    telling_since_ = moment().steady;
    telling_due_ = due;
    place->sink->send(notice_of(due), [weak = weak_from_this(), turn = ++turn_, sink = telling_,
                                       due](const std::optional<std::string>& fault) {
        const auto self = weak.lock();
        if (self && self->turn_ == turn) {
            self->on_sent(sink, due, fault);
        }
    });
    return true;
}

// With nothing to tell, a sink that did not answer would stay dead for ever.
void Alarms::Worker::probe() {
    SinkPlace* place = row_.to_probe(moment().steady);
    if (place == nullptr) {
        return;
    }
    const std::string key = "sink:" + place->settings.name;
    for (const Incident& incident : book_.incidents()) {
        if (incident.key == key) {
            tell(place, {incident, NoticeEvent::probe});
            return;
        }
    }
}

void Alarms::Worker::on_sent(const std::string& sink, const DueNotice& due,
                             const std::optional<std::string>& fault) {
    telling_.clear();
    SinkPlace* place = row_.named(sink);
    if (place == nullptr) {
        return;
    }
    if (fault) {
        row_.failed(*place, *fault, moment().steady);
        parts_.log.write(place->is_dead ? LogLevel::error : LogLevel::warning, "alarm.not_sent",
                         {LogField::id("sink", sink), LogField::id("key", due.incident.key),
                          LogField::reason(*fault)});
    } else {
        row_.took(*place);
        parts_.log.write(LogLevel::info, "alarm.sent",
                         {LogField::id("sink", sink), LogField::id("key", due.incident.key),
                          LogField::word("event", to_string(due.event))});
        if (due.event != NoticeEvent::probe) {
            book_.told(due, parts_.clock.now());
        }
    }
    tell_next();
    keep();
    publish();
}

// One writing at a time; what changes meanwhile is written after it. What cannot be written is
// tried again when something changes: a full disk is told of anyway.
void Alarms::Worker::keep() {
    std::vector<Incident> incidents = this->incidents(false);
    if (is_keeping_ || is_stopped_ || is_told_alike(incidents, kept_)) {
        return;
    }
    // The worker may end later than we do.
    is_keeping_ = parts_.on_worker([self = shared_from_this(), incidents = std::move(incidents)] {
        self->write(incidents);
        self->parts_.reactor.post([weak = std::weak_ptr(self), incidents] {
            if (const auto worker = weak.lock()) {
                worker->on_kept(incidents);
            }
        });
    });
}

void Alarms::Worker::write(const std::vector<Incident>& incidents) const {
    try {
        write_incidents(parts_.file, incidents_json(incidents));
    } catch (const Failure& failure) {
        parts_.log.write_failure("alarm.file_not_written", failure,
                                 {LogField::path("file", parts_.file)});
    }
}

void Alarms::Worker::on_kept(const std::vector<Incident>& incidents) {
    is_keeping_ = false;
    kept_ = incidents;
    keep();
}

void Alarms::Worker::publish() {
    AlarmReading reading;
    reading.open = book_.incidents();
    for (const SinkPlace& place : row_.places()) {
        reading.sinks.push_back({place.settings.name, place.is_dead, place.sent, place.failed});
    }
    const std::lock_guard lock(mutex_);
    reading_ = std::move(reading);
}

Alarms::Alarms(Parts parts, const AlarmSettings& settings, std::vector<SinkPlace> sinks)
    : worker_(std::make_shared<Worker>(std::move(parts), settings, std::move(sinks))) {
}

Alarms::~Alarms() {
    stop();
}

void Alarms::look(Observation now) {
    worker_->look(std::move(now));
}

void Alarms::reload(const AlarmSettings& settings, std::vector<SinkPlace> sinks) {
    // A task must be copyable, a sink is not.
    const auto handed = std::make_shared<std::vector<SinkPlace>>(std::move(sinks));
    worker_->reactor().post([weak = std::weak_ptr(worker_), settings, handed] {
        if (const auto worker = weak.lock()) {
            worker->change(settings, std::move(*handed));
        }
    });
}

AlarmReading Alarms::reading() const {
    return worker_->reading();
}

void Alarms::stop() {
    worker_->reactor().settle([this] { worker_->stop(); });
}

}  // namespace gateway
