// From a client certificate to an identity: the certificate's chain was verified by net, here it is
// matched to a partner (public key pin or subjectAltName) that may use this way in. Nothing after
// the edge knows how. Pure; thread-safe.
#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "gateway/base/settings/settings.h"
#include "gateway/flow/message/identity.h"
#include "gateway/net/peer_certificate.h"

namespace gateway {

enum class GateRefusal {
    no_certificate,
    unknown,        // no partner matches
    ambiguous,      // several do: a fault of the configuration, never a guess
    wrong_channel,  // the partner may not use this listener
};

// For the log of the operator; never sent, so that nobody learns who the partners are.
std::string_view to_string(GateRefusal refusal);

// `group`: partners of this group only; empty: all.
std::variant<Identity, GateRefusal> admit(const Settings& settings,
                                          const PeerCertificate* certificate, Channel channel,
                                          std::string_view group);

}  // namespace gateway
