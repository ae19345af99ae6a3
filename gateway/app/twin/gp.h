// A simulated GP system that speaks HL7 v2 over MLLP/TLS: sends referrals when told to, and takes
// the answers (RRI) that come home. Runs on its reactor until destroyed.
#pragma once

#include <memory>
#include <string>

#include "gateway/app/twin/events.h"
#include "gateway/base/settings/twin_settings.h"
#include "gateway/net/reactor.h"

namespace gateway {

class GpTwin final {
public:
    // Listens at once. All three must outlive it.
    GpTwin(Reactor& reactor, const TwinSettings& settings, TwinEvents& events);
    ~GpTwin();
    GpTwin(const GpTwin&) = delete;
    GpTwin& operator=(const GpTwin&) = delete;

    // Sends the message in a file; what became of it is an event. Any thread.
    void send(const std::string& file);

private:
    class Practice;

    std::shared_ptr<Practice> practice_;
};

}  // namespace gateway
