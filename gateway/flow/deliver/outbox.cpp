#include "gateway/flow/deliver/outbox.h"

#include <utility>

#include "gateway/flow/deliver/https_transport.h"
#include "gateway/flow/deliver/mllp_transport.h"

namespace gateway {

namespace {

// A lease outlives the longest attempt, so that one that ends by itself is a dead process's.
constexpr int lease_factor = 3;

std::unique_ptr<Transport> transport_to(const LaneParts& parts, const DeliverSettings& deliver,
                                        std::shared_ptr<const TlsContext> tls) {
    ClientEndpoint endpoint;
    endpoint.address = {deliver.host, deliver.port};
    endpoint.server_name = deliver.server_name;
    endpoint.tls = std::move(tls);
    if (deliver.kind == Channel::mllp) {
        return std::make_unique<MllpTransport>(parts.reactor, endpoint, deliver.timeout,
                                               deliver.connections);
    }
    return std::make_unique<HttpsTransport>(parts.reactor, std::move(endpoint), deliver.path,
                                            deliver.timeout, parts.names);
}

LaneSettings lane_settings(const Partner& partner) {
    LaneSettings lane;
    lane.destination = partner.id;
    lane.retry = partner.deliver.retry;
    lane.breaker = partner.deliver.breaker;
    lane.quarantine = partner.deliver.quarantine;
    lane.lease = partner.deliver.timeout * lease_factor;
    // MLLP has one message in flight on a connection.
    lane.in_flight_max =
        partner.deliver.kind == Channel::mllp ? partner.deliver.connections : lane.in_flight_max;
    return lane;
}

}  // namespace

Outbox::Outbox(LaneParts parts, const Settings& settings, const Credentials& credentials)
    : parts_(std::move(parts)) {
    reload(settings, credentials);
}

void Outbox::reload(const Settings& settings, const Credentials& credentials) {
    std::map<std::string, Way, std::less<>> gone;
    {
        const std::lock_guard lock(mutex_);
        gone.swap(ways_);
        for (const auto& [id, tls] : credentials.to_partner) {
            if (auto kept = gone.extract(id)) {
                ways_.insert(std::move(kept));
            }
            open_or_change(*settings.partner(id), tls);
        }
    }
    // `gone` goes here, without the lock: a lane's end may wait for its reactor.
}

void Outbox::open_or_change(const Partner& partner, const std::shared_ptr<const TlsContext>& tls) {
    Way& way = ways_[partner.id];
    if (way.lane && way.deliver == partner.deliver && way.tls == tls->digest()) {
        return;
    }
    auto transport = transport_to(parts_, partner.deliver, tls);
    if (way.lane) {
        way.lane->change(lane_settings(partner), std::move(transport));
    } else {
        way.lane =
            std::make_unique<DeliveryLane>(parts_, lane_settings(partner), std::move(transport));
    }
    way.deliver = partner.deliver;
    way.tls = tls->digest();
}

void Outbox::wake(std::string_view destination) {
    const std::lock_guard lock(mutex_);
    const auto way = ways_.find(destination);
    if (way != ways_.end()) {
        way->second.lane->wake();
    }
}

void Outbox::wake_all() {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, way] : ways_) {
        way.lane->wake();
    }
}

std::map<std::string, AttemptReading> Outbox::attempts() const {
    std::map<std::string, AttemptReading> all;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, way] : ways_) {
        all.emplace(id, way.lane->attempts());
    }
    return all;
}

void Outbox::stop() {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, way] : ways_) {
        way.lane->stop();
    }
}

}  // namespace gateway
