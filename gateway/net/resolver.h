// The addresses of one host: an IP address is its own, a name is looked up on a short-lived thread,
// so that no I/O thread waits for a DNS server. Answers are kept for `age`.
// On the reactor's thread; calls back there.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/mailbox.h"
#include "gateway/net/timers.h"

namespace gateway {

class Resolver final : public std::enable_shared_from_this<Resolver> {
public:
    // Empty where the name has no address.
    using OnAddresses = std::function<void(const std::vector<std::string>& ips)>;

    Resolver(std::shared_ptr<Mailbox> mailbox, std::string host, std::chrono::milliseconds age);

    // Calls back at once where the answer is known.
    void look_up(OnAddresses on_addresses);

    // The answer led nowhere: ask anew the next time.
    void forget() { known_until_ = {}; }

private:
    void ask();
    void answered(std::vector<std::string> ips);

    std::shared_ptr<Mailbox> mailbox_;
    std::string host_;
    std::chrono::milliseconds age_;
    std::vector<std::string> ips_;
    SteadyTime known_until_ = {};
    std::vector<OnAddresses> waiting_;
};

}  // namespace gateway
