// When the certificates end that partners have shown to us: they are in nobody's configuration, and
// on that day their referrals stop. One that was not shown for a day is forgotten, so that a
// renewed one ends the matter. Thread-safe: one mutex guards the list.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/clock.h"

namespace gateway {

struct SeenCertificate {
    std::string partner;
    std::string spki_sha256;
    Instant not_after{};
};

class SeenCertificates final {
public:
    explicit SeenCertificates(const Clock& clock) : clock_(clock) {}

    void saw(const SeenCertificate& certificate);

    // By partner.
    std::vector<SeenCertificate> of_today();

private:
    struct Seen {
        Instant not_after{};
        SteadyTime last{};
    };

    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Seen> seen_;  // by partner and key
};

}  // namespace gateway
