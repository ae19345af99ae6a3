#include "gateway/app/cli/stop_signal.h"

#include <csignal>

namespace gateway {

namespace {

sigset_t signals_of(StopSignal::HangUp hang_up) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (hang_up == StopSignal::HangUp::reloads) {
        sigaddset(&signals, SIGHUP);
    }
    return signals;
}

}  // namespace

StopSignal::StopSignal(HangUp hang_up) : hang_up_(hang_up) {
    const sigset_t signals = signals_of(hang_up_);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A peer that goes away must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
}

StopSignal::Wish StopSignal::wait() const {
    const sigset_t signals = signals_of(hang_up_);
    int signal = 0;
    sigwait(&signals, &signal);
    return signal == SIGHUP ? Wish::reload : Wish::stop;
}

}  // namespace gateway
