// Who stands at the other end of a TLS connection, as its verified certificate says. A value; the
// mapping to a partner is made above net (edge/auth), never here.
// Names with an embedded NUL are left out: no comparison can be trusted on them.
// Spec: RFC 5280 §4.2.1.6 (subjectAltName), §4.1.2.7 (subjectPublicKeyInfo).
#pragma once

#include <string>
#include <vector>

#include "gateway/base/clock.h"

struct x509_st;

namespace gateway {

struct PeerCertificate {
    std::string subject;  // RFC 2253 text
    std::string issuer;
    std::vector<std::string> dns_names;
    std::vector<std::string> uris;
    std::vector<std::string> emails;
    std::string spki_sha256;  // lower-case hexadecimal
    Instant not_after = {};
    // The trust stores of our context in which its chain ends: TrustStore::digest.
    std::vector<std::string> trusted_by = {};

    bool operator==(const PeerCertificate&) const = default;
};

PeerCertificate read_peer_certificate(const x509_st& certificate);

}  // namespace gateway
