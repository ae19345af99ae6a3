// Gives an alarm as JSON to a program's standard input. No shell, an environment of PATH alone, no
// descriptor of ours; what it prints goes nowhere; taken when it ends with 0. One that hangs is
// killed with all that it started, which is why this is posix_spawn and not Poco::Process: that has
// no process group, and forks the whole gateway. On the reactor's thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gateway/flow/alarm/sink.h"
#include "gateway/net/reactor.h"

namespace gateway {

class CommandSink final : public AlarmSink {
public:
    CommandSink(Reactor& reactor, std::vector<std::string> command,
                std::chrono::milliseconds timeout);
    // Kills what still runs.
    ~CommandSink() override;
    CommandSink(const CommandSink&) = delete;
    CommandSink& operator=(const CommandSink&) = delete;
    CommandSink(CommandSink&&) = delete;
    CommandSink& operator=(CommandSink&&) = delete;

    void send(const Notice& notice, OnSent on_sent) override;

private:
    class Run;

    Reactor& reactor_;
    std::vector<std::string> command_;
    std::chrono::milliseconds timeout_;
    std::weak_ptr<Run> run_;
};

}  // namespace gateway
