#include "tests/interop/tls/credentials.h"

#include <openssl/ssl.h>

namespace gateway {

namespace {

// OpenSSL's default level forbids TLS 1.1 and anonymous ciphers; these peers are as old as they
// look.
void weaken(const TlsContext& context) {
    SSL_CTX_set_security_level(context.native(), 0);
}

void speak_old_protocol(const TlsContext& context) {
    weaken(context);
    SSL_CTX_set_min_proto_version(context.native(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.native(), TLS1_1_VERSION);
    SSL_CTX_set_cipher_list(context.native(), "ALL:@SECLEVEL=0");
}

void speak_anonymously(const TlsContext& context) {
    weaken(context);
    SSL_CTX_set_max_proto_version(context.native(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context.native(), "aNULL:@SECLEVEL=0");
}

CertificateUse opposite(CertificateUse use) {
    return use == CertificateUse::client ? CertificateUse::server : CertificateUse::client;
}

}  // namespace

MatrixCredentials::MatrixCredentials(const CertificateAuthority& authority)
    : authority_(authority),
      stranger_("Stranger CA"),
      trusted_(authority_.write_certificate(folder_.path(), "trusted")),
      unknown_(stranger_.write_certificate(folder_.path(), "unknown")) {
}

CertificateFiles MatrixCredentials::issue(Shown shown, const std::string& own,
                                          const std::string& other, CertificateUse use) const {
    CertificateRequest request{.common_name = own, .dns_names = {own}, .use = use};
    if (shown == Shown::expired) {
        request.validity = std::chrono::days(-1);
    }
    if (shown == Shown::not_yet_valid) {
        request.begins_in = std::chrono::days(2);
    }
    if (shown == Shown::other_use) {
        request.use = opposite(use);
    }
    if (shown == Shown::other_name) {
        request.dns_names = {"wrong.example"};
    }
    if (shown == Shown::other_partner) {
        request.dns_names = {other};
    }
    const auto& signer = shown == Shown::other_authority ? stranger_ : authority_;
    return signer.issue_files(request, folder_.path(), "shown");
}

std::shared_ptr<const TlsContext> MatrixCredentials::client(Shown shown, const std::string& own,
                                                            const std::string& other) const {
    if (shown == Shown::nothing) {
        return TlsContext::client({.authorities = trusted_});
    }
    const auto files = issue(shown, own, other, CertificateUse::client);
    auto context = TlsContext::client({.certificate_chain = files.certificate,
                                       .private_key = files.private_key,
                                       .authorities = trusted_});
    if (shown == Shown::old_protocol) {
        speak_old_protocol(*context);
    }
    return context;
}

std::shared_ptr<const TlsContext> MatrixCredentials::server(Shown shown, const std::string& own,
                                                            const std::string& other) const {
    const auto files = issue(shown, own, other, CertificateUse::server);
    auto context = TlsContext::server({.certificate_chain = files.certificate,
                                       .private_key = files.private_key,
                                       .authorities = trusted_},
                                      ClientCertificates::required);
    if (shown == Shown::nothing) {
        speak_anonymously(*context);
    }
    if (shown == Shown::old_protocol) {
        speak_old_protocol(*context);
    }
    return context;
}

std::shared_ptr<const TlsContext> MatrixCredentials::server_that_trusts_strangers(
    const std::string& own) const {
    const auto files = issue(Shown::own, own, own, CertificateUse::server);
    return TlsContext::server({.certificate_chain = files.certificate,
                               .private_key = files.private_key,
                               .authorities = unknown_},
                              ClientCertificates::required);
}

}  // namespace gateway
