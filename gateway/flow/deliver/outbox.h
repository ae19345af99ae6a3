// All ways out: a lane for every partner that can be delivered to. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "gateway/base/settings/settings.h"
#include "gateway/flow/credentials/credentials.h"
#include "gateway/flow/deliver/lane.h"

namespace gateway {

class Outbox final {
public:
    Outbox(LaneParts parts, const Settings& settings, const Credentials& credentials);

    // Attempts under way end on the connection they have, unless their partner is gone; later ones
    // go where the new settings say. What waits for a partner that is gone waits in the store.
    void reload(const Settings& settings, const Credentials& credentials);

    // Something was put into the outbox for this partner.
    void wake(std::string_view destination);

    // After a start: what an earlier process left.
    void wake_all();

    // Of each partner that can be delivered to, by id.
    std::map<std::string, AttemptReading> attempts() const;

    void stop();

private:
    struct Way {
        DeliverSettings deliver;
        std::string tls;  // TlsContext::digest
        std::unique_ptr<DeliveryLane> lane;
    };

    void open_or_change(const Partner& partner, const std::shared_ptr<const TlsContext>& tls);

    LaneParts parts_;
    mutable std::mutex mutex_;  // guards ways_
    std::map<std::string, Way, std::less<>> ways_;
};

}  // namespace gateway
