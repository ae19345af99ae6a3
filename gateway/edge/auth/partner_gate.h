// From a client certificate to an identity: the certificate's chain was verified by net, here it is
// matched to a partner (public key pin or subjectAltName) that may use this way in. Nothing after
// the edge knows how. Pure; thread-safe.
#pragma once

#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/base/settings/settings.h"
#include "gateway/flow/credentials/credentials.h"
#include "gateway/flow/message/identity.h"
#include "gateway/net/peer_certificate.h"

namespace gateway {

enum class GateRefusal {
    no_certificate,
    unknown,          // no partner matches
    ambiguous,        // several do: a fault of the configuration, never a guess
    wrong_channel,    // the partner may not use this listener
    wrong_authority,  // its chain does not end in the trust store of its group
};

// For the log of the operator; never sent, so that nobody learns who the partners are.
std::string_view to_string(GateRefusal refusal);

// What `spki_sha256` of a partner's file would be for this peer; "none" without a certificate. For
// the log beside a refusal.
std::string_view key_of(const PeerCertificate* certificate);

// `trust`: whose groups may come in here, and what their chains must end in.
std::variant<Identity, GateRefusal> admit(const Settings& settings,
                                          const PeerCertificate* certificate, Channel channel,
                                          const std::vector<GroupStore>& trust);

// For connections that are open when the configuration changes: false where the peer would now be
// refused or be someone else.
bool is_still_welcome(const std::variant<Identity, GateRefusal>& before,
                      const std::variant<Identity, GateRefusal>& now);

}  // namespace gateway
