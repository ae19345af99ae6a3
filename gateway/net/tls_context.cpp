#include "gateway/net/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/net/openssl_error.h"
#include "gateway/net/openssl_time.h"

namespace gateway {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void refuse(const std::string& file, const std::string& reason) {
    throw Failure(Category::invalid, "TLS settings cannot be used", file + ": " + reason);
}

[[noreturn]] void refuse_by_openssl(const std::string& file, std::string_view doing) {
    refuse(file, std::string(doing) + ": " + take_openssl_error());
}

File open_file(const std::string& path) {
    File file(std::fopen(path.c_str(), "re"), &std::fclose);
    if (!file) {
        refuse(path, std::generic_category().message(errno));
    }
    return file;
}

// On the open descriptor, so that what is checked is what is read.
void check_key_mode(const File& file, const std::string& path) {
    struct stat status = {};
    if (::fstat(::fileno(file.get()), &status) != 0) {
        refuse(path, std::generic_category().message(errno));
    }
    constexpr mode_t others = S_IRWXG | S_IRWXO;
    if ((status.st_mode & others) != 0) {
        refuse(path, "a private key that group or others may use; run: chmod 600 " + path);
    }
}

// An encrypted key must not stop the start with a question on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

void load_key(SSL_CTX& context, const std::string& path) {
    const File file = open_file(path);
    check_key_mode(file, path);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_PrivateKey(file.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free);
    if (!key) {
        refuse_by_openssl(path, "no unencrypted PEM private key");
    }
    if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1) {
        refuse_by_openssl(path, "the key does not fit the certificate");
    }
}

void load_identity(SSL_CTX& context, const TlsFiles& files) {
    static_cast<void>(open_file(files.certificate_chain));  // for a plain reason
    if (SSL_CTX_use_certificate_chain_file(&context, files.certificate_chain.c_str()) != 1) {
        refuse_by_openssl(files.certificate_chain, "no PEM certificate chain");
    }
    load_key(context, files.private_key);
    if (SSL_CTX_check_private_key(&context) != 1) {
        refuse_by_openssl(files.private_key, "the key does not fit the certificate");
    }
}

// Where the file holds the own certificate alone, the intermediates that stand among the
// authorities are sent behind it; OpenSSL would look for them in every handshake. Not the root:
// whoever trusts it has it (RFC 8446 §4.4.2).
void complete_own_chain(SSL_CTX& context) {
    STACK_OF(X509)* in_file = nullptr;
    SSL_CTX_get0_chain_certs(&context, &in_file);
    if (SSL_CTX_get0_certificate(&context) != nullptr && sk_X509_num(in_file) <= 0) {
        // No path to a root is no fault: our own authority need not be among the peers'.
        SSL_CTX_build_cert_chain(&context, SSL_BUILD_CHAIN_FLAG_NO_ROOT |
                                               SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR |
                                               SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR);
        ERR_clear_error();
    }
    SSL_CTX_set_mode(&context, SSL_MODE_NO_AUTO_CHAIN);
}

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::vector<Certificate> certificates_in(const std::string& pem, const std::string& path) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    std::vector<Certificate> found;
    while (bytes) {
        Certificate next(PEM_read_bio_X509(bytes.get(), nullptr, &no_passphrase, nullptr),
                         &X509_free);
        if (!next) {
            break;
        }
        found.push_back(std::move(next));
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (found.empty() || !at_end) {
        refuse_by_openssl(path, "no PEM certificates");
    }
    ERR_clear_error();
    return found;
}

// The file is read once, so that the digest is that of what is trusted. Its certificates become
// trusted by the context too, which verifies against all of its stores at once.
TrustStore load_authorities(SSL_CTX& context, const std::string& path) {
    const std::string pem = read_file(path);
    TrustStore store{to_hex(sha256(pem)), {X509_STORE_new(), &X509_STORE_free}};
    for (const Certificate& certificate : certificates_in(pem, path)) {
        const bool added =
            X509_STORE_add_cert(store.certificates.get(), certificate.get()) == 1 &&
            X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), certificate.get()) == 1;
        if (!added) {
            refuse_by_openssl(path, "a certificate cannot be trusted");
        }
    }
    return store;
}

void name_authorities_to_clients(SSL_CTX& context) {
    const STACK_OF(X509_OBJECT)* trusted =
        X509_STORE_get0_objects(SSL_CTX_get_cert_store(&context));
    for (int i = 0; i < sk_X509_OBJECT_num(trusted); ++i) {
        X509* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(trusted, i));
        if (certificate != nullptr && SSL_CTX_add_client_CA(&context, certificate) != 1) {
            throw Failure(Category::unavailable, "TLS is not available",
                          "cannot name an authority: " + take_openssl_error());
        }
    }
}

// A chain of four RSA certificates has 6,000. OpenSSL makes room at once for what a peer announces.
constexpr long certificates_bytes_max = 16'000;

void set_protocol(SSL_CTX& context) {
    SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(&context, 2);
    // RFC 9325 §4.2: forward secrecy and AEAD only. TLS 1.3 has nothing else.
    SSL_CTX_set_cipher_list(&context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set1_groups_list(&context, "X25519:P-256:P-384");
    // Resumption would skip the look at a revoked or removed partner and saves next to nothing
    // beside a client certificate: connections are kept open instead.
    SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                      SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(&context, 0);
    SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(&context, certificates_bytes_max);
    // One system call takes the record's header and its body; safe as we read until WANT_READ.
    SSL_CTX_set_read_ahead(&context, 1);
}

std::shared_ptr<SSL_CTX> make_context(const SSL_METHOD* method) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), &SSL_CTX_free);
    if (!context) {
        throw Failure(Category::unavailable, "TLS is not available",
                      "cannot make a TLS context: " + take_openssl_error());
    }
    set_protocol(*context);
    return context;
}

int verify_mode(ClientCertificates clients) {
    switch (clients) {
        case ClientCertificates::required:
            return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        case ClientCertificates::optional:
            return SSL_VERIFY_PEER;
        case ClientCertificates::none:
            return SSL_VERIFY_NONE;
    }
    throw std::logic_error("unknown client certificate mode");
}

std::optional<Instant> end_of_own_certificate(const SSL_CTX& context) {
    const X509* certificate = SSL_CTX_get0_certificate(&context);
    if (certificate == nullptr) {
        return std::nullopt;
    }
    return to_instant(*X509_get0_notAfter(certificate));
}

std::string fingerprint(const X509& certificate) {
    Sha256 digest = {};
    unsigned int size = 0;
    if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) {
        throw Failure(Category::unavailable, "TLS is not available",
                      "cannot make a fingerprint: " + take_openssl_error());
    }
    return to_hex(digest);
}

std::string digest_of(SSL_CTX& context, const std::vector<TrustStore>& trust) {
    std::string parts;
    if (const X509* own = SSL_CTX_get0_certificate(&context)) {
        parts += fingerprint(*own);
    }
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(&context, &chain);
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        parts += fingerprint(*sk_X509_value(chain, i));
    }
    for (const TrustStore& store : trust) {
        parts += store.digest;
    }
    return to_hex(sha256(parts));
}

std::vector<TrustStore> load_all_authorities(SSL_CTX& context, const TlsFiles& files) {
    std::vector<TrustStore> trust;
    if (!files.authorities.empty() || files.more_authorities.empty()) {
        trust.push_back(load_authorities(context, files.authorities));
    }
    for (const std::string& file : files.more_authorities) {
        trust.push_back(load_authorities(context, file));
    }
    return trust;
}

// As the handshake does it, but against this store alone.
bool chain_ends_in(const TrustStore& store, SSL& connection) {
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(
        X509_STORE_CTX_new(), &X509_STORE_CTX_free);
    X509* leaf = SSL_get0_peer_certificate(&connection);
    if (!check || leaf == nullptr ||
        X509_STORE_CTX_init(check.get(), store.certificates.get(), leaf,
                            SSL_get_peer_cert_chain(&connection)) != 1) {
        return false;
    }
    X509_STORE_CTX_set_default(check.get(),
                               SSL_is_server(&connection) == 1 ? "ssl_client" : "ssl_server");
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(check.get()),
                                     SSL_get_security_level(&connection));
    return X509_verify_cert(check.get()) == 1;
}

}  // namespace

std::vector<std::string> trusting(const std::vector<TrustStore>& stores, SSL& connection) {
    std::vector<std::string> digests;
    for (const TrustStore& store : stores) {
        // With one store the handshake has checked just this.
        if (stores.size() == 1 || chain_ends_in(store, connection)) {
            digests.push_back(store.digest);
        }
    }
    ERR_clear_error();
    return digests;
}

TlsContext::TlsContext(std::shared_ptr<SSL_CTX> context, std::vector<TrustStore> trust)
    : context_(std::move(context)),
      trust_(std::make_shared<const std::vector<TrustStore>>(std::move(trust))),
      not_after_(end_of_own_certificate(*context_)),
      digest_(digest_of(*context_, *trust_)) {
}

std::shared_ptr<const TlsContext> TlsContext::server(const TlsFiles& files,
                                                     ClientCertificates clients) {
    auto context = make_context(TLS_server_method());
    load_identity(*context, files);
    SSL_CTX_set_verify(context.get(), verify_mode(clients), nullptr);
    std::vector<TrustStore> trust;
    if (clients != ClientCertificates::none) {
        trust = load_all_authorities(*context, files);
        name_authorities_to_clients(*context);
    }
    complete_own_chain(*context);
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context), std::move(trust)));
}

std::shared_ptr<const TlsContext> TlsContext::client(const TlsFiles& files) {
    auto context = make_context(TLS_client_method());
    auto trust = load_all_authorities(*context, files);
    const bool has_identity = !files.certificate_chain.empty() || !files.private_key.empty();
    if (has_identity) {
        load_identity(*context, files);
    }
    complete_own_chain(*context);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context), std::move(trust)));
}

}  // namespace gateway
