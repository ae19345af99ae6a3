#include "gateway/flow/deliver/outbox.h"

#include <utility>

#include "gateway/flow/deliver/https_transport.h"
#include "gateway/flow/deliver/mllp_transport.h"

namespace gateway {

namespace {

// A lease outlives the longest attempt, so that one that ends by itself is a dead process's.
constexpr int lease_factor = 3;

std::unique_ptr<Transport> transport_to(const LaneParts& parts, const DeliverSettings& deliver) {
    ClientEndpoint endpoint;
    endpoint.address = {deliver.host, deliver.port};
    endpoint.server_name = deliver.server_name;
    endpoint.tls = TlsContext::client({.certificate_chain = deliver.certificate,
                                       .private_key = deliver.key,
                                       .authorities = deliver.ca});
    if (deliver.kind == Channel::mllp) {
        return std::make_unique<MllpTransport>(parts.reactor, std::move(endpoint), deliver.timeout);
    }
    return std::make_unique<HttpsTransport>(parts.reactor, std::move(endpoint), deliver.path,
                                            deliver.timeout, parts.names);
}

}  // namespace

Outbox::Outbox(const LaneParts& parts, const Settings& settings) {
    for (const Partner& partner : settings.partners) {
        if (!partner.deliver.enabled) {
            continue;
        }
        LaneSettings lane;
        lane.destination = partner.id;
        lane.retry = partner.deliver.retry;
        lane.lease = partner.deliver.timeout * lease_factor;
        // MLLP has one message in flight on its one connection.
        lane.in_flight_max = partner.deliver.kind == Channel::mllp ? 1 : lane.in_flight_max;
        lanes_.emplace(partner.id,
                       std::make_unique<DeliveryLane>(parts, std::move(lane),
                                                      transport_to(parts, partner.deliver)));
    }
}

void Outbox::wake(std::string_view destination) {
    const auto lane = lanes_.find(destination);
    if (lane != lanes_.end()) {
        lane->second->wake();
    }
}

void Outbox::wake_all() {
    for (const auto& [id, lane] : lanes_) {
        lane->wake();
    }
}

void Outbox::stop() {
    for (const auto& [id, lane] : lanes_) {
        lane->stop();
    }
}

}  // namespace gateway
