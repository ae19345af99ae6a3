#include "gateway/edge/auth/partner_gate.h"

#include <algorithm>
#include <stdexcept>

#include "gateway/base/text.h"

namespace gateway {

namespace {

template <typename Names, typename Same>
bool any_in_common(const Names& wanted, const Names& given, Same same) {
    return std::ranges::any_of(wanted, [&](const auto& one) {
        return std::ranges::any_of(given, [&](const auto& other) { return same(one, other); });
    });
}

bool matches(const CertificateMatch& match, const PeerCertificate& certificate) {
    const auto exact = [](std::string_view a, std::string_view b) { return a == b; };
    return std::ranges::find(match.spki_sha256, certificate.spki_sha256) !=
               match.spki_sha256.end() ||
           any_in_common(match.dns, certificate.dns_names, equal_ignoring_case) ||
           any_in_common(match.uri, certificate.uris, exact);
}

// The group's own store, else the one for all groups without their own; nullptr where the group may
// not come in.
const GroupStore* store_for(std::string_view group, const std::vector<GroupStore>& trust) {
    const auto find = [&](std::string_view wanted) -> const GroupStore* {
        const auto at = std::ranges::find(trust, wanted, &GroupStore::group);
        return at == trust.end() ? nullptr : &*at;
    };
    const GroupStore* own = find(group);
    return own != nullptr ? own : find("");
}

}  // namespace

std::string_view to_string(GateRefusal refusal) {
    switch (refusal) {
        case GateRefusal::no_certificate:
            return "no client certificate was offered";
        case GateRefusal::unknown:
            return "the client certificate is no partner's; one is known by a name in it or by the "
                   "SHA-256 of its key, under `certificate` of the partner's file";
        case GateRefusal::ambiguous:
            return "the client certificate matches several partners; give each marks of its own "
                   "under `certificate` of its file";
        case GateRefusal::wrong_channel:
            return "the partner may not send on this listener (see `inbound` and `group` of its "
                   "file)";
        case GateRefusal::wrong_authority:
            return "the client certificate is not of an authority of the partner's group (see "
                   "`trust` of the listener)";
    }
    throw std::logic_error("unknown refusal");
}

std::string_view key_of(const PeerCertificate* certificate) {
    return certificate != nullptr ? std::string_view{certificate->spki_sha256} : "none";
}

std::variant<Identity, GateRefusal> admit(const Settings& settings,
                                          const PeerCertificate* certificate, Channel channel,
                                          const std::vector<GroupStore>& trust) {
    if (certificate == nullptr) {
        return GateRefusal::no_certificate;
    }
    const Partner* found = nullptr;
    for (const Partner& partner : settings.partners) {
        if (matches(partner.certificate, *certificate)) {
            if (found != nullptr) {
                return GateRefusal::ambiguous;
            }
            found = &partner;
        }
    }
    if (found == nullptr) {
        return GateRefusal::unknown;
    }
    const GroupStore* store = store_for(found->group, trust);
    if (!found->may_send_on(channel) || store == nullptr) {
        return GateRefusal::wrong_channel;
    }
    if (std::ranges::find(certificate->trusted_by, store->digest) ==
        certificate->trusted_by.end()) {
        return GateRefusal::wrong_authority;
    }
    return Identity{found->id, AuthenticatedBy::client_certificate, certificate->spki_sha256};
}

bool is_still_welcome(const std::variant<Identity, GateRefusal>& before,
                      const std::variant<Identity, GateRefusal>& now) {
    const auto* is = std::get_if<Identity>(&now);
    const auto* was = std::get_if<Identity>(&before);
    return is != nullptr && (was == nullptr || was->partner == is->partner);
}

}  // namespace gateway
