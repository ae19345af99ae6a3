// What is sent: one incident at one moment, as the JSON that programs and webhooks get, and as the
// subject and text that people read. Pure.
#pragma once

#include <string>

#include "gateway/flow/alarm/incident.h"

namespace gateway {

struct Notice {
    Incident incident;
    NoticeEvent event = NoticeEvent::open;
    Urgency urgency = Urgency::normal;
    std::string responsible;  // empty: nobody is named
    std::string gateway;      // which of them speaks
    Instant at{};

    // The same for every try, so that whoever receives it can tell a repeat.
    std::string key() const;
};

// What a person does about alarms of this class.
std::string_view advice_for(AlarmClass kind);

std::string notice_json(const Notice& notice);

// One line: "[urgent] quarantine:clinic is open: 3 deliveries …".
std::string notice_subject(const Notice& notice);

// Several lines.
std::string notice_text(const Notice& notice);

}  // namespace gateway
