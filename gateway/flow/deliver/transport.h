// The way to one destination: the seam between the outbox and the network, and what an attempt can
// come to. Every attempt has one typed outcome; a refusal is never taken for success.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "gateway/flow/message/delivery.h"

namespace gateway {

enum class AttemptResult {
    delivered,  // the peer's transport took it: 2xx, AA, CA, or a duplicate that it already has
    refused,    // the peer will never take these bytes: 4xx, AR, CR
    failed,     // the peer answered that it could not do it with these bytes: 500, AE
    try_again,  // nobody answered, or the answer was "not now": 503, 429, a cut connection
    damaged,    // not sent: the stored bytes are not those that were stored
};

struct Attempt {
    AttemptResult result = AttemptResult::try_again;
    std::string outcome;  // one sentence without patient data: "HTTP 200", "MSA-1 AR", "timeout"
    std::chrono::seconds asked_pause{};  // by a peer that says "not now": Retry-After
};

class Transport {
public:
    using OnAttempt = std::function<void(Attempt)>;

    virtual ~Transport() = default;

    // Calls back exactly once, on the reactor's thread.
    virtual void send(const Delivery& delivery, OnAttempt on_attempt) = 0;
};

}  // namespace gateway
