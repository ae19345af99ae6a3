#include "tests/support/certificates.h"

namespace gateway {

TestCertificates::TestCertificates()
    : authority_(std::make_unique<CertificateAuthority>("Test CA")) {
    authority_file = authority_->write_certificate(folder, "ca");
    server_files = issue({.common_name = "server",
                          .dns_names = {"localhost"},
                          .ips = {"127.0.0.1", "::1"},
                          .use = CertificateUse::server},
                         "server");
    client_files = issue({.common_name = "partner",
                          .dns_names = {"partner.example"},
                          .uris = {"urn:partner:1"},
                          .use = CertificateUse::client},
                         "client");
}

CertificateFiles TestCertificates::issue(const CertificateRequest& request,
                                         const std::string& name) const {
    return authority_->issue_files(request, folder, name);
}

std::shared_ptr<const TlsContext> TestCertificates::server(ClientCertificates clients) const {
    return TlsContext::server({server_files.certificate, server_files.private_key, authority_file},
                              clients);
}

std::shared_ptr<const TlsContext> TestCertificates::client() const {
    return TlsContext::client({client_files.certificate, client_files.private_key, authority_file});
}

std::shared_ptr<const TlsContext> TestCertificates::client_without_certificate() const {
    return TlsContext::client({.authorities = authority_file});
}

std::shared_ptr<const TlsContext> TestCertificates::client_of_stranger() const {
    const CertificateAuthority stranger("Stranger CA");
    const auto files = stranger.issue_files(
        {.common_name = "stranger", .use = CertificateUse::client}, folder, "stranger");
    return TlsContext::client({files.certificate, files.private_key, authority_file});
}

std::shared_ptr<const TlsContext> TestCertificates::server_with_wrong_name() const {
    const auto files = issue(
        {.common_name = "localhost", .dns_names = {"wrong.example"}, .use = CertificateUse::server},
        "wrong");
    return TlsContext::server({files.certificate, files.private_key, authority_file},
                              ClientCertificates::none);
}

}  // namespace gateway
