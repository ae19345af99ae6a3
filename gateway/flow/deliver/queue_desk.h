// Where the acts of an operator are done: in the gateway for its own listener, in the command line
// where no gateway runs. Each delivery is a unit of work of its own, so that one that has moved
// meanwhile holds up no other. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/flow/deliver/operate.h"
#include "gateway/flow/store/store.h"

namespace gateway {

struct ActRequest {
    QueueAct act = QueueAct::hold;
    std::string actor;
    std::vector<std::string> deliveries;  // ids; also of messages that never came so far
};

// Of one delivery, in the order of the request.
struct ActResult {
    std::string delivery;
    std::optional<DeliveryState> next;  // nothing: it was not changed
    std::string text;
};

class QueueDesk final {
public:
    using OnDone = std::function<void(std::vector<ActResult>)>;

    // `on_free`: told after a commit that lets something go out to this destination; `on_received`:
    // after one that lets a message go through its steps again. Everything must outlive the last
    // `on_done`.
    QueueDesk(Store& store, const Clock& clock,
              std::function<void(const std::string& destination)> on_free,
              std::function<void()> on_received = {});

    // Calls back exactly once, on any thread, when all is durable or refused. The look-ups are made
    // on the caller's thread: a Failure where the store cannot be read, and then nothing is done.
    void apply(const ActRequest& request, OnDone on_done) const;

private:
    Store& store_;
    const Clock& clock_;
    std::function<void(const std::string&)> on_free_;
    std::function<void()> on_received_;
};

}  // namespace gateway
