#include "gateway/flow/pipeline/constants.h"

#include "gateway/base/digest.h"

namespace gateway {

const std::vector<std::string>& map_constants() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, value] : constants_for({}, {}, {})) {
            all.push_back(name);
        }
        return all;
    }();
    return names;
}

MapConstants constants_for(const Settings& settings, const Partner& partner,
                           const Message& message) {
    return {{"messageId", message.id},
            {"messageSha256", to_hex(message.digest)},
            {"messageContentType", message.content_type},
            {"receivedAt", to_fhir_instant(message.received)},
            {"channel", message.channel},
            {"senderId", partner.id},
            {"senderName", partner.name},
            {"gatewayName", settings.gateway.name},
            {"gatewayFacility", settings.gateway.facility},
            {"gatewayEndpoint", settings.gateway.base}};
}

}  // namespace gateway
