// What is wrong, and who was told of it. Values. No patient data: ids of partners, counts and
// words of closed lists.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/settings/alarm_settings.h"

namespace gateway {

// Something that is so now. One key is one incident, whatever the count.
struct Condition {
    AlarmClass kind = AlarmClass::quarantine;
    std::string key;   // breaker:clinic
    std::string text;  // one sentence
    std::uint64_t count = 1;
};

// All that is so now; of the classes in `unseen` nothing is known at present.
struct Observation {
    std::vector<Condition> conditions;
    std::set<AlarmClass> unseen;
};

struct Incident {
    std::string id;
    AlarmClass kind = AlarmClass::quarantine;
    std::string key;
    std::string text;  // as it was last seen
    std::uint64_t count = 1;
    Instant opened{};
    std::optional<Instant> told;   // the last time; nothing: nobody knows of it yet
    std::uint64_t told_count = 0;  // what they were told then

    bool operator==(const Incident&) const = default;
};

enum class NoticeEvent {
    open,
    more,      // the count rose
    reminder,  // still open
    close,
    probe,  // to a sink that did not answer: does it now?
    test,
};

std::string_view to_string(NoticeEvent event);

}  // namespace gateway
