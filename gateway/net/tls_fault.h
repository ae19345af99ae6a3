// What went wrong in TLS and what to do about it, in words for the operator: OpenSSL's reason, the
// check that failed, and the remedy. Never a byte of the stream nor a name out of a certificate.
// Pure but for OpenSSL's error queue, which it empties; thread-safe.
// Specs: RFC 8446 §6.2 (alerts), X509_verify_cert_error_string(3).
#pragma once

#include <string>

struct ssl_st;

namespace gateway {

struct TlsFault {
    std::string text;              // "certificate verify failed (certificate has expired); …"
    bool refused_by_peer = false;  // the peer said so in an alert
    bool cut = false;              // the stream ended without TLS's word for it
};

// For a connection whose last call failed with an error in the queue.
TlsFault take_tls_fault(const ssl_st& connection);

// What to do where a connection ends without a word.
extern const char* const cut_remedy;

}  // namespace gateway
