// A simulated pain clinic with a FHIR server: takes referrals as message Bundles over HTTPS, keeps
// them, and some time later answers each by moving its Task at the gateway, as a clinician would.
// The same Bundle twice is one referral, answered the same way. Runs on its reactor until
// destroyed. R4 messaging.html, task.html; no gateway code beyond net, format and FHIRPath.
#pragma once

#include <memory>

#include "gateway/app/twin/events.h"
#include "gateway/base/settings/twin_settings.h"
#include "gateway/net/reactor.h"

namespace gateway {

class ClinicTwin final {
public:
    // Listens at once. All three must outlive it.
    ClinicTwin(Reactor& reactor, const TwinSettings& settings, TwinEvents& events);
    ~ClinicTwin();
    ClinicTwin(const ClinicTwin&) = delete;
    ClinicTwin& operator=(const ClinicTwin&) = delete;

private:
    class Office;

    std::shared_ptr<Office> office_;
};

}  // namespace gateway
