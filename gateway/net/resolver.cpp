#include "gateway/net/resolver.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>

#include <system_error>
#include <thread>
#include <utility>

#include "gateway/net/socket.h"

namespace gateway {

namespace {

std::vector<std::string> addresses_of(const std::string& host) {
    std::vector<std::string> ips;
    try {
        const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(host);
        for (const auto& address : entry.addresses()) {
            ips.push_back(address.toString());
        }
    } catch (const Poco::Exception&) {
        ips.clear();  // none is the answer; the caller names the host
    }
    return ips;
}

}  // namespace

Resolver::Resolver(std::shared_ptr<Mailbox> mailbox, std::string host,
                   std::chrono::milliseconds age)
    : mailbox_(std::move(mailbox)), host_(std::move(host)), age_(age) {
    if (is_ip_address(host_)) {
        ips_ = {host_};
        known_until_ = SteadyTime::max();
    }
}

void Resolver::look_up(OnAddresses on_addresses) {
    const bool is_literal = ips_.size() == 1 && ips_.front() == host_;
    if (is_literal || std::chrono::steady_clock::now() < known_until_) {
        return on_addresses(ips_);
    }
    waiting_.push_back(std::move(on_addresses));
    if (waiting_.size() == 1) {
        ask();
    }
}

// Detached: getaddrinfo cannot be stopped, and the process must be able to end without it. The
// thread holds nothing of ours but the mailbox, which outlives the reactor.
void Resolver::ask() {
    const auto answer = [mailbox = mailbox_,
                         weak = weak_from_this()](const std::vector<std::string>& ips) {
        mailbox->post([ips, weak] {
            if (const auto self = weak.lock()) {
                self->answered(ips);
            }
        });
    };
    try {
        std::thread([host = host_, answer] { answer(addresses_of(host)); }).detach();
    } catch (const std::system_error&) {
        answer({});
    }
}

void Resolver::answered(std::vector<std::string> ips) {
    ips_ = std::move(ips);
    if (!ips_.empty()) {
        known_until_ = std::chrono::steady_clock::now() + age_;
    }
    const auto all = std::exchange(waiting_, {});
    const auto answer = ips_;  // a callback may ask again
    for (const auto& on_addresses : all) {
        on_addresses(answer);
    }
}

}  // namespace gateway
