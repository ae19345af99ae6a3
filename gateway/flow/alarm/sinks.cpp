#include "gateway/flow/alarm/sinks.h"

#include <unistd.h>

#include <array>
#include <climits>
#include <stdexcept>

#include "gateway/base/digest.h"
#include "gateway/flow/alarm/command_sink.h"
#include "gateway/flow/alarm/mail_sink.h"
#include "gateway/flow/alarm/webhook_sink.h"

namespace gateway {

namespace {

// Some relays want more than "localhost" for a greeting.
std::string own_host() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    const bool is_known = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
    return is_known ? name.data() : "localhost";
}

Opening opening_of(AlarmSinkSettings::Relay relay) {
    switch (relay) {
        case AlarmSinkSettings::Relay::start_tls:
            return Opening::smtp_start_tls;
        case AlarmSinkSettings::Relay::tls:
            return Opening::usual;
        case AlarmSinkSettings::Relay::plain:
            return Opening::plain;
    }
    throw std::logic_error("not a way to a mail relay");
}

// A plain one has no context, whatever files stand beside it.
ClientEndpoint relay_of(const AlarmSinkSettings& sink, const SinkCredentials& own) {
    const bool is_plain = sink.relay == AlarmSinkSettings::Relay::plain;
    return {.address = {sink.host, sink.port},
            .tls = is_plain ? nullptr : own.tls,
            .server_name = sink.server_name,
            .own_name = own_host(),
            .opening = opening_of(sink.relay)};
}

std::unique_ptr<AlarmSink> make_sink(Reactor& reactor, const AlarmSinkSettings& sink,
                                     const SinkCredentials& own,
                                     std::chrono::milliseconds timeout) {
    switch (sink.kind) {
        case AlarmSinkSettings::Kind::command:
            return std::make_unique<CommandSink>(reactor, sink.command, timeout);
        case AlarmSinkSettings::Kind::webhook:
            return std::make_unique<WebhookSink>(
                reactor,
                WebhookSink::Target{{.address = {sink.host, sink.port},
                                     .tls = own.tls,
                                     .server_name = sink.server_name},
                                    sink.path,
                                    own.secret},
                timeout);
        case AlarmSinkSettings::Kind::mail:
            return std::make_unique<MailSink>(reactor, relay_of(sink, own),
                                              SmtpLogin{sink.user, own.secret},
                                              MailSink::Letterhead{sink.from, sink.to}, timeout);
    }
    throw std::logic_error("not a kind of alarm sink");
}

}  // namespace

std::vector<SinkPlace> make_sinks(Reactor& reactor, const AlarmSettings& alarms,
                                  const Credentials& credentials) {
    std::vector<SinkPlace> places;
    for (const AlarmSinkSettings& sink : alarms.sinks) {
        const auto found = credentials.to_sink.find(sink.name);
        const SinkCredentials own =
            found == credentials.to_sink.end() ? SinkCredentials{} : found->second;
        SinkPlace place;
        place.settings = sink;
        place.sink = make_sink(reactor, sink, own, alarms.timeout);
        place.mark = to_hex(sha256({own.tls ? own.tls->digest() : "", " ", own.secret, " ",
                                    std::to_string(alarms.timeout.count())}));
        places.push_back(std::move(place));
    }
    return places;
}

}  // namespace gateway
