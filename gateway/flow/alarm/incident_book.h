// The incidents that are open, and what somebody must still be told of them. It compares what is so
// now with what was told, so nothing is lost between an event and its telling: as long as nobody
// was told, it is due. An incident is over when its condition was not seen for a while (`quiet`),
// so that what flaps is one incident. Pure: time is handed in. One thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/flow/alarm/incident.h"

namespace gateway {

struct BookTiming {
    std::chrono::milliseconds quiet{};
    std::chrono::milliseconds more_every{};
    std::chrono::milliseconds remind_every{};  // 0: never
};

// Both clocks at one moment: what is kept over a restart is measured by the wall's.
struct Moment {
    Instant wall{};
    SteadyTime steady{};
};

struct DueNotice {
    Incident incident;
    NoticeEvent event = NoticeEvent::open;
};

class IncidentBook final {
public:
    IncidentBook(BookTiming timing, IdSource& ids) : timing_(timing), ids_(ids) {}

    void change(BookTiming timing) { timing_ = timing; }

    // Of a former process, before the first observation; or of another gateway.
    void restore(const std::vector<Incident>& incidents);

    // Those are another gateway's to tell of.
    void leave_to_another(const std::function<bool(AlarmClass)>& which);

    // The keys of incidents that began with it.
    std::vector<std::string> observe(const Observation& now, const Moment& moment);

    // At most one an incident, oldest incident first; the next follows once this one was told.
    std::vector<DueNotice> due(const Moment& moment) const;

    // Somebody was told; after `close` the incident is gone.
    void told(const DueNotice& notice, Instant at);

    // What is over leaves without a word: there is nobody to tell.
    void drop_over(const Moment& moment);

    // By age.
    std::vector<Incident> incidents() const;

private:
    struct Entry {
        Incident incident;
        std::optional<SteadyTime> gone_since = {};
    };

    bool is_over(const Entry& entry, const Moment& moment) const;
    std::optional<NoticeEvent> event_due(const Entry& entry, const Moment& moment) const;

    BookTiming timing_;
    IdSource& ids_;
    std::map<std::string, Entry> open_;  // by key
};

}  // namespace gateway
