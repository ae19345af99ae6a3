// The immutable TLS settings of a listener or of a client endpoint, read from PEM files. TLS 1.2
// and 1.3, ECDHE with AEAD ciphers only, no resumption, no renegotiation. Shared by any number of
// connections and threads; replaced whole on reload.
// Every fault (missing file, key that others may read, key that does not fit) is a Failure that
// names the file and the reason.
// Specs: RFC 8446, RFC 5246 with RFC 9325 (recommendations for TLS).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/net/peer_certificate.h"

struct ssl_ctx_st;
struct ssl_st;
struct x509_store_st;

namespace gateway {

enum class ClientCertificates { required, optional, none };

struct TlsFiles {
    std::string certificate_chain = {};  // own certificate first, then intermediates; alone, it is
                                         // completed from the authorities, without their root
    std::string private_key = {};        // mode 0600 or stricter
    std::string authorities = {};        // the CA certificates that the peer's chain must end in
    // More of them, for a server: each file is a trust store of its own, and the peer's certificate
    // says in which of all these stores its chain ends (PeerCertificate::trusted_by).
    std::vector<std::string> more_authorities = {};
};

// The CA certificates of one file.
struct TrustStore {
    std::string digest;  // SHA-256 of the file, lower-case hexadecimal
    std::shared_ptr<x509_store_st> certificates;
};

// Those of `stores` in which the verified chain of this connection's peer ends.
std::vector<std::string> trusting(const std::vector<TrustStore>& stores, ssl_st& connection);

class TlsContext final {
public:
    // Verifies the client's chain as `clients` says; makes no check of its name.
    static std::shared_ptr<const TlsContext> server(const TlsFiles& files,
                                                    ClientCertificates clients);

    // Always verifies the server's chain; the name is checked per connection (see TlsStream).
    // Certificate and key may both be empty: then no client certificate is offered.
    static std::shared_ptr<const TlsContext> client(const TlsFiles& files);

    // When the own certificate ends; nothing for a client without one.
    std::optional<Instant> not_after() const { return not_after_; }

    // In the order of `authorities`, `more_authorities`.
    const std::shared_ptr<const std::vector<TrustStore>>& trust() const { return trust_; }

    // Over the own certificates and every trust store: the same digest, the same context.
    const std::string& digest() const { return digest_; }

    ssl_ctx_st* native() const { return context_.get(); }

    const std::shared_ptr<ssl_ctx_st>& shared_native() const { return context_; }

private:
    TlsContext(std::shared_ptr<ssl_ctx_st> context, std::vector<TrustStore> trust);

    std::shared_ptr<ssl_ctx_st> context_;
    std::shared_ptr<const std::vector<TrustStore>> trust_;
    std::optional<Instant> not_after_;
    std::string digest_;
};

}  // namespace gateway
