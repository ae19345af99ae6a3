#include "gateway/net/tls_context.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "gateway/base/failure.h"
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

void load_authorities(SSL_CTX& context, const std::string& path) {
    static_cast<void>(open_file(path));
    if (SSL_CTX_load_verify_file(&context, path.c_str()) != 1) {
        refuse_by_openssl(path, "no PEM certificates");
    }
}

void name_authorities_to_clients(SSL_CTX& context, const std::string& path) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(path.c_str());
    if (names == nullptr) {
        refuse_by_openssl(path, "no PEM certificates");
    }
    SSL_CTX_set_client_CA_list(&context, names);
}

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
    // One system call takes the record's header and its body; safe as we read until WANT_READ.
    SSL_CTX_set_read_ahead(&context, 1);
}

std::shared_ptr<SSL_CTX> make_context(const SSL_METHOD* method) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), &SSL_CTX_free);
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

}  // namespace

TlsContext::TlsContext(std::shared_ptr<SSL_CTX> context, std::optional<Instant> not_after)
    : context_(std::move(context)), not_after_(not_after) {
}

std::shared_ptr<const TlsContext> TlsContext::server(const TlsFiles& files,
                                                     ClientCertificates clients) {
    auto context = make_context(TLS_server_method());
    load_identity(*context, files);
    SSL_CTX_set_verify(context.get(), verify_mode(clients), nullptr);
    if (clients != ClientCertificates::none) {
        load_authorities(*context, files.authorities);
        name_authorities_to_clients(*context, files.authorities);
    }
    const auto not_after = end_of_own_certificate(*context);
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context), not_after));
}

std::shared_ptr<const TlsContext> TlsContext::client(const TlsFiles& files) {
    auto context = make_context(TLS_client_method());
    load_authorities(*context, files.authorities);
    const bool has_identity = !files.certificate_chain.empty() || !files.private_key.empty();
    if (has_identity) {
        load_identity(*context, files);
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const auto not_after = end_of_own_certificate(*context);
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context), not_after));
}

}  // namespace gateway
