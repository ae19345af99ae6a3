// Sends an alarm as JSON by POST over TLS; any 2xx has taken it. Its key stands in Idempotency-Key,
// the same for every try. On the reactor's thread.
#pragma once

#include <string>

#include "gateway/flow/alarm/sink.h"
#include "gateway/net/http_client.h"

namespace gateway {

class WebhookSink final : public AlarmSink {
public:
    struct Target {
        ClientEndpoint endpoint;
        std::string path;
        std::string token;  // empty: none is sent
    };

    WebhookSink(Reactor& reactor, Target target, std::chrono::milliseconds timeout);

    void send(const Notice& notice, OnSent on_sent) override;

private:
    std::string path_;
    std::string token_;
    std::chrono::milliseconds timeout_;
    HttpClient client_;
};

}  // namespace gateway
