#include "gateway/flow/store/postgres/listener.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <chrono>
#include <cstdint>
#include <utility>

#include "gateway/base/text.h"

namespace gateway::postgres {

namespace {

// Between two attempts to have a connection, and how often one that is there is looked at.
constexpr std::chrono::milliseconds between_attempts{250};
constexpr std::chrono::milliseconds between_looks{1000};

// PostgreSQL takes no longer one than 8000 bytes.
constexpr std::size_t longest = 7000;

}  // namespace

std::string announcement(std::string_view writer, const std::vector<std::string>& destinations) {
    std::string text = fmt::format("{}|{}", writer, fmt::join(destinations, ","));
    return text.size() <= longest ? text : fmt::format("{}|", writer);
}

Listener::Listener(ConnectionParameters parameters, std::shared_ptr<Reach> reach, std::string own,
                   Told told)
    : parameters_(std::move(parameters)),
      reach_(std::move(reach)),
      own_(std::move(own)),
      told_(std::move(told)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
}

Listener::~Listener() {
    thread_.request_stop();
    ::eventfd_write(wake_.descriptor(), 1);
}

// Its boundary: a database that is away is no news for this thread.
void Listener::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            listen(stop);
        } catch (const PostgresError&) {
            pollfd woken{wake_.descriptor(), POLLIN, 0};
            ::poll(&woken, 1, static_cast<int>(between_attempts.count()));
        }
    }
}

void Listener::listen(const std::stop_token& stop) {
    const std::uint64_t era = reach_->era();
    Connection connection(parameters_);
    connection.use_while([this, era] { return reach_->era() == era; });
    connection.execute("LISTEN painbridge");
    told_({});
    while (!stop.stop_requested() && connection.is_usable()) {
        for (const std::string& announced :
             connection.await_announcements(between_looks, wake_.descriptor())) {
            pass_on(announced);
        }
    }
}

void Listener::pass_on(std::string_view announced) const {
    const std::size_t bar = announced.find('|');
    if (bar == std::string_view::npos || announced.substr(0, bar) == own_) {
        return;
    }
    for (const std::string_view destination : split(announced.substr(bar + 1), ',')) {
        told_(std::string(destination));
    }
}

}  // namespace gateway::postgres
