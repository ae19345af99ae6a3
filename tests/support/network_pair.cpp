#include "tests/support/network_pair.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/foreign_program.h"

namespace gateway {

namespace {

void on_own_thread(const std::function<void()>& act) {
    std::exception_ptr thrown;
    std::jthread([&] {
        try {
            act();
        } catch (...) {
            thrown = std::current_exception();
        }
    }).join();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

[[noreturn]] void fail(const std::string& doing) {
    throw std::runtime_error(doing + ": " + std::generic_category().message(errno));
}

// The thread that made it ends at once; the descriptor keeps it.
int new_namespace() {
    int descriptor = -1;
    on_own_thread([&] {
        if (::unshare(CLONE_NEWNET) != 0) {
            fail("cannot make a network namespace");
        }
        descriptor = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            fail("/proc/thread-self/ns/net");
        }
    });
    return descriptor;
}

void run(const std::string& line) {
    const CommandResult result = run_command(line);
    if (result.status != 0) {
        throw std::runtime_error(line + ": " + result.output);
    }
}

std::string plug_in(NetworkPair::Side side) {
    return "ip address add " + NetworkPair::address(side) +
           "/24 dev cable && ip link set cable up && ip link set lo up";
}

}  // namespace

NetworkPair::NetworkPair() : gateway_(new_namespace()), peer_(new_namespace()) {
    const std::string far_end =
        "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(peer_);
    inside(Side::gateway, [&] {
        run("ip link add cable type veth peer name cable netns " + far_end + " && " +
            plug_in(Side::gateway));
    });
    inside(Side::peer, [] { run(plug_in(Side::peer)); });
}

NetworkPair::~NetworkPair() {
    ::close(gateway_);
    ::close(peer_);
}

std::string NetworkPair::address(Side side) {
    return side == Side::gateway ? "10.99.0.1" : "10.99.0.2";
}

void NetworkPair::inside(Side side, const std::function<void()>& act) const {
    on_own_thread([&] {
        if (::setns(namespace_of(side), CLONE_NEWNET) != 0) {
            fail("cannot enter a network namespace");
        }
        act();
    });
}

std::optional<std::string> no_namespaces() {
    try {
        ::close(new_namespace());
        return std::nullopt;
    } catch (const std::runtime_error& fault) {
        return std::string(fault.what()) + "; run the test as root";
    }
}

}  // namespace gateway
