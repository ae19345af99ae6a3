// All ways out: a lane for every partner that can be delivered to. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/settings/settings.h"
#include "gateway/flow/deliver/lane.h"

namespace gateway {

class Outbox final {
public:
    // A certificate or key that cannot be read is a Failure.
    Outbox(const LaneParts& parts, const Settings& settings);

    // Something was put into the outbox for this partner.
    void wake(std::string_view destination);

    // After a start: what an earlier process left.
    void wake_all();

    void stop();

private:
    std::map<std::string, std::unique_ptr<DeliveryLane>, std::less<>> lanes_;
};

}  // namespace gateway
