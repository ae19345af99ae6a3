// Delivery by MLLP. AA and CA are delivered, AR and CR refused, AE and CE failed. An answer
// whose MSA-2 is not the MSH-10 that was sent belongs to some other message: the connection is
// closed and the message tried again. HL7 v2.5.1 §2.9.2 (MSA), table 0008.
#pragma once

#include <chrono>

#include "gateway/flow/deliver/transport.h"
#include "gateway/net/mllp_client.h"

namespace gateway {

class MllpTransport final : public Transport {
public:
    // The reactor must outlive it.
    MllpTransport(Reactor& reactor, ClientEndpoint endpoint, std::chrono::milliseconds timeout);

    void send(const Delivery& delivery, OnAttempt on_attempt) override;

private:
    std::chrono::milliseconds timeout_;
    MllpClient client_;
};

}  // namespace gateway
