// A throw-away certificate authority with a server and a client under it, and strangers from
// another one, as PEM files in a folder that is removed at the end. For tests with real TLS.
#pragma once

#include <memory>
#include <string>

#include "gateway/net/certificate_maker.h"
#include "gateway/net/tls_context.h"
#include "tests/support/scratch_folder.h"

namespace gateway {

class TestCertificates final {
public:
    TestCertificates();

    // For localhost, 127.0.0.1 and ::1.
    std::shared_ptr<const TlsContext> server(
        ClientCertificates clients = ClientCertificates::required) const;
    // CN partner, DNS partner.example, URI urn:partner:1.
    std::shared_ptr<const TlsContext> client() const;
    std::shared_ptr<const TlsContext> client_without_certificate() const;
    // Trusts our server, but its own certificate is of an authority that we do not know.
    std::shared_ptr<const TlsContext> client_of_stranger() const;
    // For wrong.example only.
    std::shared_ptr<const TlsContext> server_with_wrong_name() const;

    // One more certificate under our authority.
    CertificateFiles issue(const CertificateRequest& request, const std::string& name) const;

    ScratchFolder scratch;
    std::string folder = scratch.path();
    std::string authority_file;
    CertificateFiles server_files;
    CertificateFiles client_files;

private:
    std::unique_ptr<CertificateAuthority> authority_;
};

}  // namespace gateway
