// Good and bad certificates for the TLS matrix, in a folder that goes with its owner: those of an
// authority that everybody trusts, and of one that nobody knows.
#pragma once

#include <memory>
#include <string>

#include "gateway/net/certificate_maker.h"
#include "gateway/net/tls_context.h"
#include "tests/support/scratch_folder.h"

namespace gateway {

// What a peer shows of itself, and what it can speak.
enum class Shown {
    own,              // what is expected of it
    nothing,          // a client without certificate, a server with anonymous ciphers only
    other_authority,  // the right names, signed by a stranger
    expired,
    not_yet_valid,
    other_use,   // a server's certificate as a client, and the other way round
    other_name,  // a name that nobody asked for
    other_partner,
    old_protocol,  // all is well but for TLS 1.1
};

class MatrixCredentials final {
public:
    // `authority` is the one that everybody trusts.
    explicit MatrixCredentials(const CertificateAuthority& authority);

    // `own` and `other` are DNS names: of the peer, and of the partner that it is not.
    std::shared_ptr<const TlsContext> client(Shown shown, const std::string& own,
                                             const std::string& other) const;
    std::shared_ptr<const TlsContext> server(Shown shown, const std::string& own,
                                             const std::string& other) const;

    // It does not know our authority.
    std::shared_ptr<const TlsContext> server_that_trusts_strangers(const std::string& own) const;

private:
    CertificateFiles issue(Shown shown, const std::string& own, const std::string& other,
                           CertificateUse use) const;

    ScratchFolder folder_;
    CertificateAuthority authority_;
    CertificateAuthority stranger_;
    std::string trusted_;
    std::string unknown_;
};

}  // namespace gateway
