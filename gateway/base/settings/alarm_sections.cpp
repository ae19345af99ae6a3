#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "gateway/base/settings/alarm_settings.h"
#include "gateway/base/settings/quantities.h"
#include "gateway/base/settings/sections.h"

namespace gateway {

namespace {

using namespace std::chrono_literals;

void read_command(SectionReader& section, AlarmSinkSettings& sink) {
    sink.kind = AlarmSinkSettings::Kind::command;
    std::error_code ignored;
    if (sink.command.empty() || !sink.command.front().starts_with('/') ||
        ::access(sink.command.front().c_str(), X_OK) != 0) {
        section.fault("command",
                      "command must begin with the absolute path of a program that may be run: no "
                      "shell looks for it");
    }
}

void read_webhook(SectionReader& section, AlarmSinkSettings& sink) {
    sink.kind = AlarmSinkSettings::Kind::webhook;
    const auto endpoint = parse_endpoint(sink.url);
    if (!endpoint || endpoint->kind != Channel::https) {
        section.fault(
            "url",
            "url must be that of a webhook (https://host/path, without user or query) or of a mail "
            "relay: smtp://host:port (STARTTLS), smtps://host:port, or "
            "smtp-plain://host:port for one that needs no TLS");
        return;
    }
    sink.host = endpoint->host;
    sink.port = endpoint->port;
    sink.path = endpoint->path.empty() ? "/" : endpoint->path;
}

bool is_mail_address(std::string_view text) {
    const bool is_plain = std::ranges::all_of(text, [](char c) {
        return c > ' ' && c <= '~' &&
               std::string_view("<>\"(),:;[]\\").find(c) == std::string_view::npos;
    });
    return is_plain && std::ranges::count(text, '@') == 1 && !text.starts_with('@') &&
           !text.ends_with('@');
}

void check_letterhead(SectionReader& section, const AlarmSinkSettings& sink) {
    section.require("from", "a mail has a sender");
    section.require("to", "a mail is for somebody");
    if (section.has("from") && !is_mail_address(sink.from)) {
        section.fault("from", "from must be one address, as in gateway@example.org");
    }
    if (section.has("to") && (sink.to.empty() || !std::ranges::all_of(sink.to, is_mail_address))) {
        section.fault("to", "to must be a list of addresses, as in [\"desk@example.org\"]");
    }
}

void check_login(SectionReader& section, const AlarmSinkSettings& sink) {
    if (section.has("user") != section.has("password")) {
        section.fault("user", "user and password go together");
    }
    if (section.has("password") && sink.relay == AlarmSinkSettings::Relay::plain) {
        section.fault("password",
                      "a password is not sent over smtp-plain://: use smtp:// or smtps://",
                      "security");
    }
    if (sink.password.kind == SecretReference::Kind::file) {
        check_key_file(section, "password", sink.password.name);
    }
}

struct RelayScheme {
    std::string_view text;
    AlarmSinkSettings::Relay relay;
};

constexpr std::array relay_schemes{
    RelayScheme{"smtp://", AlarmSinkSettings::Relay::start_tls},
    RelayScheme{"smtps://", AlarmSinkSettings::Relay::tls},
    RelayScheme{"smtp-plain://", AlarmSinkSettings::Relay::plain},
};

void read_relay(SectionReader& section, AlarmSinkSettings& sink, const RelayScheme& scheme) {
    sink.kind = AlarmSinkSettings::Kind::mail;
    sink.relay = scheme.relay;
    // The same parts as another endpoint's, and a port as there.
    const auto endpoint = parse_endpoint("mllps://" + sink.url.substr(scheme.text.size()));
    if (!endpoint) {
        section.fault("url", fmt::format("url must be {}host:port", scheme.text));
        return;
    }
    sink.host = endpoint->host;
    sink.port = endpoint->port;
    check_letterhead(section, sink);
    check_login(section, sink);
}

void check_sink_files(SectionReader& section, const AlarmSinkSettings& sink) {
    if (sink.kind != AlarmSinkSettings::Kind::mail ||
        sink.relay != AlarmSinkSettings::Relay::plain) {
        section.require("ca",
                        "it holds the authorities that the other side's certificate must chain to, "
                        "such as /etc/ssl/certs/ca-certificates.crt");
    }
    check_file(section, "ca", sink.ca);
    if (section.has("certificate") != section.has("key")) {
        section.fault("certificate", "certificate and key go together");
    }
    check_file(section, "certificate", sink.certificate);
    check_key_file(section, "key", sink.key);
    if (sink.token.kind == SecretReference::Kind::file) {
        check_key_file(section, "token", sink.token.name);
    }
}

void read_sink(SectionReader& section, AlarmSinkSettings& sink) {
    section.text("name", sink.name);
    section.texts("command", sink.command);
    section.text("url", sink.url);
    section.path("ca", sink.ca);
    section.path("certificate", sink.certificate);
    section.path("key", sink.key);
    section.text("server_name", sink.server_name);
    section.secret("token", sink.token);
    section.text("from", sink.from);
    section.texts("to", sink.to);
    section.text("user", sink.user);
    section.secret("password", sink.password);
    section.words("urgency", sink.urgency, {Urgency::urgent, Urgency::normal});
    section.require("name", "it names this way in logs and metrics");
    const bool is_name = !sink.name.empty() && std::ranges::all_of(sink.name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (section.has("name") && !is_name) {
        section.fault("name", "name must be of a-z, 0-9, - and _");
    }
    if (section.has("command") == section.has("url")) {
        section.fault("name", "an alarm sink has either a command or a url");
    } else if (section.has("command")) {
        read_command(section, sink);
    } else if (section.has("url")) {
        const auto* scheme = std::ranges::find_if(relay_schemes, [&](const RelayScheme& each) {
            return sink.url.starts_with(each.text);
        });
        if (scheme == relay_schemes.end()) {
            read_webhook(section, sink);
        } else {
            read_relay(section, sink, *scheme);
        }
        check_sink_files(section, sink);
    }
}

void check_sinks(SectionReader& section, const AlarmSettings& alarms) {
    std::set<std::string> names;
    for (const AlarmSinkSettings& sink : alarms.sinks) {
        if (!names.insert(sink.name).second) {
            section.fault("sink", fmt::format("two alarm sinks are called {}", sink.name));
        }
    }
    for (const Urgency urgency : {Urgency::urgent, Urgency::normal}) {
        const bool is_taken = std::ranges::any_of(
            alarms.sinks, [urgency](const auto& sink) { return sink.takes(urgency); });
        if (!alarms.sinks.empty() && !is_taken) {
            section.fault("sink", fmt::format("no alarm sink takes {} alarms: nobody would hear "
                                              "of them",
                                              to_string(urgency)));
        }
    }
}

}  // namespace

void read_alarms(SectionReader& section, AlarmSettings& alarms) {
    section.words("urgent", alarms.urgent, alarm_classes);
    section.duration("queue_age", alarms.queue_age, {1s, 24h * 30});
    section.duration("certificate_within", alarms.certificate_within, {1h, 24h * 365});
    section.duration("clock_step", alarms.clock_step, {1s, 24h});
    section.duration("quiet", alarms.quiet, {0ms, 24h});
    section.duration("more_every", alarms.more_every, {0ms, 24h});
    section.duration("remind_every", alarms.remind_every, {0ms, 24h * 30});
    section.duration("timeout", alarms.timeout, {100ms, 5min});
    section.number("tries", alarms.tries, {1, 100});
    section.duration("retry", alarms.retry, {0ms, 1h});
    section.duration("retry_dead", alarms.retry_dead, {0ms, 24h});
    section.section("responsible", [&](SectionReader& responsible) {
        for (const AlarmClass kind : alarm_classes) {
            std::string who;
            responsible.text(to_string(kind), who);
            if (!who.empty()) {
                alarms.responsible[kind] = who;
            }
        }
    });
    section.sections("sink",
                     [&](SectionReader& sink) { read_sink(sink, alarms.sinks.emplace_back()); });
    check_sinks(section, alarms);
}

bool AlarmSinkSettings::takes(Urgency wanted) const {
    return urgency.empty() || std::ranges::find(urgency, wanted) != urgency.end();
}

Urgency AlarmSettings::urgency_of(AlarmClass kind) const {
    return std::ranges::find(urgent, kind) != urgent.end() ? Urgency::urgent : Urgency::normal;
}

std::string AlarmSettings::responsible_for(AlarmClass kind) const {
    const auto who = responsible.find(kind);
    return who == responsible.end() ? std::string() : who->second;
}

std::string_view to_string(Urgency urgency) {
    return urgency == Urgency::urgent ? "urgent" : "normal";
}

std::string_view to_string(AlarmClass kind) {
    switch (kind) {
        case AlarmClass::quarantine:
            return "quarantine";
        case AlarmClass::control_id_reused:
            return "control_id_reused";
        case AlarmClass::breaker:
            return "breaker";
        case AlarmClass::queue_age:
            return "queue_age";
        case AlarmClass::disk_low:
            return "disk_low";
        case AlarmClass::disk_full:
            return "disk_full";
        case AlarmClass::certificate:
            return "certificate";
        case AlarmClass::certificate_ended:
            return "certificate_ended";
        case AlarmClass::clock_step:
            return "clock_step";
        case AlarmClass::store_failed:
            return "store_failed";
        case AlarmClass::audit_not_sound:
            return "audit_not_sound";
        case AlarmClass::checkpoint_failed:
            return "checkpoint_failed";
        case AlarmClass::sink_dead:
            return "sink_dead";
    }
    throw std::logic_error("not a class of alarms");
}

}  // namespace gateway
