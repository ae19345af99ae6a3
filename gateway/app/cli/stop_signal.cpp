#include "gateway/app/cli/stop_signal.h"

#include <csignal>

namespace gateway {

namespace {

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

}  // namespace

StopSignal::StopSignal() {
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A peer that goes away must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
}

void StopSignal::wait() const {
    const sigset_t signals = stop_signals();
    int signal = 0;
    sigwait(&signals, &signal);
}

}  // namespace gateway
