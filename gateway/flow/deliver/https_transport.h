// Delivery by HTTPS POST. 2xx is delivered; 409 with issue code `duplicate` too, since the peer has
// it already (BaRS Core 1.5.0, duplicates); 408, 425, 429 and 5xx are tried again, of which 500 and
// the like are about this message and 429, 502, 503 and 504 about the peer; any other answer is a
// refusal, redirects included: a destination comes from the settings, never from an answer.
#pragma once

#include <memory>
#include <string>

#include "gateway/flow/deliver/transport.h"
#include "gateway/format/document/name_table.h"
#include "gateway/net/http_client.h"

namespace gateway {

class HttpsTransport final : public Transport {
public:
    // `base` is the path that targets stand under, such as /fhir. The reactor must outlive it.
    HttpsTransport(Reactor& reactor, ClientEndpoint endpoint, std::string base,
                   std::chrono::milliseconds timeout, std::shared_ptr<const NameTable> names);

    void send(const Delivery& delivery, OnAttempt on_attempt) override;

private:
    std::string base_;
    std::chrono::milliseconds timeout_;
    std::shared_ptr<const NameTable> names_;
    HttpClient client_;
};

}  // namespace gateway
