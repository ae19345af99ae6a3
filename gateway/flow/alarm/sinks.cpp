#include "gateway/flow/alarm/sinks.h"

#include <stdexcept>

#include "gateway/base/digest.h"
#include "gateway/flow/alarm/command_sink.h"
#include "gateway/flow/alarm/webhook_sink.h"

namespace gateway {

namespace {

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
