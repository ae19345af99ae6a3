#include "tests/support/postgres_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace gateway {

namespace {

using namespace std::string_view_literals;

constexpr int tick_ms = 20;  // between looks at the flags
constexpr std::size_t read_max = 1U << 16U;

// A simple query, and the tag of its answer.
// https://www.postgresql.org/docs/15/protocol-message-formats.html
constexpr std::string_view commit = "COMMIT\0"sv;

sockaddr_un address_in(const std::string& folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder + "/.s.PGSQL.5432";
    path.copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
    return address;
}

int open_socket() {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        throw std::runtime_error("no socket");
    }
    return descriptor;
}

const sockaddr* generic(const sockaddr_un& address) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the way of sockets
    return reinterpret_cast<const sockaddr*>(&address);
}

bool is_readable(int descriptor) {
    pollfd wanted{descriptor, POLLIN, 0};
    return ::poll(&wanted, 1, tick_ms) > 0;
}

// What has come; empty at the end.
std::string received(int descriptor) {
    std::string bytes(read_max, '\0');
    const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

bool forward(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

PostgresProxy::PostgresProxy(const std::string& server)
    : server_(server), listening_(open_socket()) {
    const sockaddr_un own = address_in(folder());
    if (::bind(listening_, generic(own), sizeof(own)) != 0 || ::listen(listening_, 64) != 0) {
        throw std::runtime_error("the proxy cannot listen");
    }
    acceptor_ = std::thread([this] { accept_all(); });
}

PostgresProxy::~PostgresProxy() {
    is_over_ = true;
    acceptor_.join();
    for (std::thread& carrier : carriers_) {
        carrier.join();
    }
    ::close(listening_);
}

void PostgresProxy::accept_all() {
    while (!is_over_) {
        if (!is_readable(listening_)) {
            continue;
        }
        const Pair pair{::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC), open_socket()};
        const sockaddr_un server = address_in(server_);
        if (::connect(pair.server, generic(server), sizeof(server)) != 0) {
            end(pair);
            continue;
        }
        const std::lock_guard lock(mutex_);
        carriers_.emplace_back([this, pair] { carry(pair); });
    }
}

void PostgresProxy::carry(Pair pair) {
    bool goes_on = true;
    while (goes_on && !is_over_) {
        std::array<pollfd, 2> ends{pollfd{pair.client, POLLIN, 0}, pollfd{pair.server, POLLIN, 0}};
        ::poll(ends.data(), ends.size(), tick_ms);
        if (ends[0].revents != 0) {
            goes_on = carry_request(pair);
        }
        if (goes_on && ends[1].revents != 0) {
            const std::string answer = received(pair.server);
            goes_on = !answer.empty() && forward(pair.client, answer);
        }
    }
    end(pair);
}

bool PostgresProxy::carry_request(const Pair& pair) {
    const std::string request = received(pair.client);
    if (request.empty()) {
        return false;
    }
    if (request.find(commit) != std::string::npos) {
        const AtCommit what = next_.exchange(AtCommit::pass);
        if (what != AtCommit::pass) {
            strike(pair, what, request);
            return false;
        }
    }
    return forward(pair.server, request);
}

void PostgresProxy::strike(const Pair& pair, AtCommit what, const std::string& request) {
    if (what == AtCommit::lose_answer) {
        forward(pair.server, request);
        for (std::string answer; answer.find(commit) == std::string::npos && !is_over_;) {
            answer += is_readable(pair.server) ? received(pair.server) : "";
        }
    }
    has_struck_ = true;
    ::shutdown(pair.client, SHUT_RDWR);
    if (what == AtCommit::delay) {
        while (!is_released_ && !is_over_) {
            std::this_thread::sleep_for(std::chrono::milliseconds(tick_ms));
        }
        forward(pair.server, request);
        is_readable(pair.server);
    }
}

void PostgresProxy::end(const Pair& pair) {
    ::close(pair.client);
    ::close(pair.server);
}

}  // namespace gateway
