// Who is told when something needs a person, and from which limits on: [alarms] of painbridge.toml.
// Filled by `load_settings`, already checked, and never changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/settings/secret.h"

namespace gateway {

// What an alarm may be about; docs/operating.md says what to do for each.
enum class AlarmClass {
    quarantine,
    control_id_reused,
    breaker,
    queue_age,
    disk_low,
    disk_full,
    certificate,
    certificate_ended,
    clock_step,
    store_failed,
    audit_not_sound,
    checkpoint_failed,
    sink_dead,
};

inline constexpr std::initializer_list<AlarmClass> alarm_classes = {
    AlarmClass::quarantine,   AlarmClass::control_id_reused, AlarmClass::breaker,
    AlarmClass::queue_age,    AlarmClass::disk_low,          AlarmClass::disk_full,
    AlarmClass::certificate,  AlarmClass::certificate_ended, AlarmClass::clock_step,
    AlarmClass::store_failed, AlarmClass::audit_not_sound,   AlarmClass::checkpoint_failed,
    AlarmClass::sink_dead,
};

std::string_view to_string(AlarmClass kind);

enum class Urgency { urgent, normal };

std::string_view to_string(Urgency urgency);

// One way out of the box. A program with `command`, else what the scheme of `url` says.
struct AlarmSinkSettings {
    enum class Kind { command, webhook, mail };

    // How a mail goes to its relay.
    enum class Relay { start_tls, tls, plain };

    std::string name;
    Kind kind = Kind::command;
    std::vector<std::string> command;  // an absolute path and its arguments; no shell
    std::string url;
    std::string host;
    std::uint16_t port = 0;
    std::string path;
    std::string ca;
    std::string certificate;
    std::string key;
    std::string server_name;  // the name that the peer's certificate must bear
    SecretReference token;    // of a webhook: Authorization: Bearer
    Relay relay = Relay::start_tls;
    std::string from;  // of mails, and whom they are for
    std::vector<std::string> to;
    std::string user;
    SecretReference password;
    std::vector<Urgency> urgency;  // empty: both

    bool takes(Urgency wanted) const;

    bool operator==(const AlarmSinkSettings&) const = default;
};

struct AlarmSettings {
    std::vector<AlarmSinkSettings> sinks;  // in order: a later one where those before are dead
    std::vector<AlarmClass> urgent = {AlarmClass::quarantine,        AlarmClass::control_id_reused,
                                      AlarmClass::queue_age,         AlarmClass::disk_full,
                                      AlarmClass::certificate_ended, AlarmClass::store_failed,
                                      AlarmClass::audit_not_sound,   AlarmClass::sink_dead};
    std::map<AlarmClass, std::string> responsible;  // a name or role
    std::chrono::milliseconds queue_age = std::chrono::minutes(15);
    std::chrono::milliseconds certificate_within = std::chrono::days(30);
    std::chrono::milliseconds clock_step = std::chrono::seconds(5);
    std::chrono::milliseconds quiet = std::chrono::minutes(2);
    std::chrono::milliseconds more_every = std::chrono::minutes(10);
    std::chrono::milliseconds remind_every = std::chrono::hours(24);  // 0: never
    std::chrono::milliseconds timeout = std::chrono::seconds(10);
    std::uint32_t tries = 3;
    std::chrono::milliseconds retry = std::chrono::seconds(5);
    std::chrono::milliseconds retry_dead = std::chrono::minutes(1);

    Urgency urgency_of(AlarmClass kind) const;

    // Empty where nobody is named.
    std::string responsible_for(AlarmClass kind) const;
};

}  // namespace gateway
