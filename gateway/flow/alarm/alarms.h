// Tells people outside of the box: keeps the book of incidents, gives what is due to the sinks, one
// notice at a time, and remembers in a file what was told. Never in the way of a message: it runs
// in short turns on one reactor's thread, its file is written by a worker, its sinks wait for
// nobody. Thread-safe but for `look`, which is the reactor's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/base/log.h"
#include "gateway/base/settings/alarm_settings.h"
#include "gateway/flow/alarm/common_duty.h"
#include "gateway/flow/alarm/incident.h"
#include "gateway/flow/alarm/sink_row.h"
#include "gateway/net/reactor.h"

namespace gateway {

struct SinkReading {
    std::string name;
    bool is_dead = false;
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;
};

struct AlarmReading {
    std::vector<Incident> open;  // by age
    std::vector<SinkReading> sinks;
};

class Alarms final {
public:
    struct Parts {
        Reactor& reactor;
        const Clock& clock;
        IdSource& ids;
        Log& log;
        // Runs a task on a worker; false where there is no room for it now.
        std::function<bool(std::function<void()>)> on_worker;
        std::string file;     // see incident_file.h
        std::string gateway;  // its name
        // Where gateways share a store; null: this one tells of everything.
        std::shared_ptr<CommonDuty> common = nullptr;
    };

    // Reads the file.
    Alarms(Parts parts, const AlarmSettings& settings, std::vector<SinkPlace> sinks);
    ~Alarms();
    Alarms(const Alarms&) = delete;
    Alarms& operator=(const Alarms&) = delete;
    Alarms(Alarms&&) = delete;
    Alarms& operator=(Alarms&&) = delete;

    // What is so now; to be called about once a second.
    void look(Observation now);

    // A notice under way to a sink that changed is given to the new one.
    void reload(const AlarmSettings& settings, std::vector<SinkPlace> sinks);

    AlarmReading reading() const;

    // Tells nobody any more and writes the file, here, if it must be.
    void stop();

private:
    class Worker;

    std::shared_ptr<Worker> worker_;
};

}  // namespace gateway
