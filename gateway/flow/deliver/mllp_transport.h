// Delivery by MLLP. AA and CA are delivered, AR and CR refused, AE and CE failed. An answer
// whose MSA-2 is not the MSH-10 that was sent belongs to some other message: the connection is
// closed and the message tried again. HL7 v2.5.1 §2.9.2 (MSA), table 0008.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "gateway/flow/deliver/transport.h"
#include "gateway/net/mllp_client.h"

namespace gateway {

class MllpTransport final : public Transport {
public:
    // As many connections at most; each opens when it is first needed. The reactor must outlive it.
    MllpTransport(Reactor& reactor, const ClientEndpoint& endpoint,
                  std::chrono::milliseconds timeout, std::size_t connections);

    void send(const Delivery& delivery, OnAttempt on_attempt) override;

private:
    // The connection and how many messages it was given that are not answered yet.
    struct Line {
        Line(Reactor& reactor, const ClientEndpoint& endpoint) : client(reactor, endpoint) {}

        MllpClient client;
        std::size_t under_way = 0;
    };

    Line& least_busy();

    std::chrono::milliseconds timeout_;
    std::vector<std::unique_ptr<Line>> lines_;  // the reactor's thread only
};

}  // namespace gateway
