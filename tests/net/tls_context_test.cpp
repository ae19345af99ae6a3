// Which certificates a context sends, seen from the other side of a handshake in memory.
#include "gateway/net/tls_context.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <memory>

#include "gateway/net/certificate_maker.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

using Names = std::vector<std::string>;
using Side = std::unique_ptr<SSL, decltype(&SSL_free)>;

std::string name_of(const X509& certificate) {
    std::array<char, 256> name = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, name.data(),
                              name.size());
    return name.data();
}

Names names_in(const STACK_OF(X509) * chain) {
    Names names;
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        names.push_back(name_of(*sk_X509_value(chain, i)));
    }
    return names;
}

std::unique_ptr<BIO, decltype(&BIO_free)> reading(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// The same certificate with itself as its issuer.
CertificatePem self_signed(CertificatePem pem) {
    const std::unique_ptr<X509, decltype(&X509_free)> own(
        PEM_read_bio_X509(reading(pem.certificate).get(), nullptr, nullptr, nullptr), &X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(reading(pem.private_key).get(), nullptr, nullptr, nullptr),
        &EVP_PKEY_free);
    const int issuer_key = X509_get_ext_by_NID(own.get(), NID_authority_key_identifier, -1);
    X509_EXTENSION_free(X509_delete_ext(own.get(), issuer_key));
    X509_set_issuer_name(own.get(), X509_get_subject_name(own.get()));
    EXPECT_GT(X509_sign(own.get(), key.get(), EVP_sha256()), 0);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(out.get(), own.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    pem.certificate.assign(text, static_cast<std::size_t>(size));
    return pem;
}

// A client and a server, joined without sockets.
struct Meeting {
    Meeting(const TlsContext& server_context, const TlsContext& client_context)
        : server(SSL_new(server_context.native()), &SSL_free),
          client(SSL_new(client_context.native()), &SSL_free) {
        BIO* of_server = nullptr;
        BIO* of_client = nullptr;
        BIO_new_bio_pair(&of_server, 0, &of_client, 0);
        SSL_set_bio(server.get(), of_server, of_server);
        SSL_set_bio(client.get(), of_client, of_client);
        SSL_set_accept_state(server.get());
        SSL_set_connect_state(client.get());
        constexpr int turns_max = 20;
        for (int turn = 0; turn < turns_max && !met(); ++turn) {
            SSL_do_handshake(client.get());
            SSL_do_handshake(server.get());
        }
        ERR_clear_error();
    }

    bool met() const {
        return SSL_is_init_finished(client.get()) == 1 && SSL_is_init_finished(server.get()) == 1;
    }

    Names sent_by_server() const { return names_in(SSL_get_peer_cert_chain(client.get())); }

    // OpenSSL keeps the first apart on a server (SSL_get_peer_cert_chain(3)).
    Names sent_by_client() const {
        Names names = names_in(SSL_get_peer_cert_chain(server.get()));
        names.insert(names.begin(), name_of(*SSL_get0_peer_certificate(server.get())));
        return names;
    }

    Side server;
    Side client;
};

// Certificates for "end" under Between, which is under Root.
class OwnChain : public ::testing::Test {
protected:
    std::string write(const std::string& name, const std::string& text) const {
        std::string path = certificates.folder + "/" + name;
        std::ofstream(path) << text;
        ::chmod(path.c_str(), 0600);
        return path;
    }

    TlsFiles under_between(const std::string& behind_own, const std::string& trusted) const {
        const CertificatePem pem = between.issue({.common_name = "end", .dns_names = {"end"}});
        return {.certificate_chain = write("end.pem", pem.certificate + behind_own),
                .private_key = write("end.key", pem.private_key),
                .authorities = write("trusted.pem", trusted)};
    }

    std::shared_ptr<const TlsContext> client_of_root() const {
        return TlsContext::client({.authorities = write("root-only.pem", root.certificate_pem())});
    }

    TestCertificates certificates;
    CertificateAuthority root{"Root"};
    CertificateAuthority between = root.subordinate("Between");
};

TEST_F(OwnChain, IsCompletedFromTheAuthoritiesWithoutTheRoot) {
    const TlsFiles files = under_between("", root.certificate_pem() + between.certificate_pem());
    const Meeting meeting(*TlsContext::server(files, ClientCertificates::optional),
                          *client_of_root());
    EXPECT_TRUE(meeting.met());
    EXPECT_EQ(meeting.sent_by_server(), (Names{"end", "Between"}));
}

TEST_F(OwnChain, IsSentAsItStandsInTheFile) {
    const TlsFiles files = under_between(between.certificate_pem(), root.certificate_pem());
    const Meeting meeting(*TlsContext::server(files, ClientCertificates::optional),
                          *client_of_root());
    EXPECT_TRUE(meeting.met());
    EXPECT_EQ(meeting.sent_by_server(), (Names{"end", "Between"}));
}

TEST_F(OwnChain, IsSentByClientsTheSameWay) {
    const std::string trusted = root.certificate_pem() + between.certificate_pem();
    const TlsFiles files = under_between("", trusted);
    const Meeting meeting(*TlsContext::server(files, ClientCertificates::required),
                          *TlsContext::client(files));
    EXPECT_TRUE(meeting.met());
    EXPECT_EQ(meeting.sent_by_client(), (Names{"end", "Between"}));
}

TEST_F(OwnChain, IsOneCertificateUnderTheRootItself) {
    const Meeting meeting(*certificates.server(), *certificates.client());
    EXPECT_TRUE(meeting.met());
    EXPECT_EQ(meeting.sent_by_server(), Names{"server"});
    EXPECT_EQ(meeting.sent_by_client(), Names{"partner"});
}

// Our own authority need not be among those of the peers.
TEST_F(OwnChain, NeedsNoPathToARoot) {
    const CertificateAuthority others("Others");
    const TlsFiles files = under_between("", others.certificate_pem());
    const auto client = TlsContext::client(
        {.authorities = write("both.pem", root.certificate_pem() + between.certificate_pem())});
    const Meeting meeting(*TlsContext::server(files, ClientCertificates::optional), *client);
    EXPECT_TRUE(meeting.met());
    EXPECT_EQ(meeting.sent_by_server(), Names{"end"});
}

TEST_F(OwnChain, IsTheSelfSignedCertificateAlone) {
    const CertificatePem pem = self_signed(root.issue({.common_name = "self"}));
    const TlsFiles files{.certificate_chain = write("self.pem", pem.certificate),
                         .private_key = write("self.key", pem.private_key),
                         .authorities = write("self-trusted.pem", pem.certificate)};
    const Meeting meeting(*TlsContext::server(files, ClientCertificates::required),
                          *TlsContext::client(files));
    EXPECT_TRUE(meeting.met());
    EXPECT_EQ(meeting.sent_by_server(), Names{"self"});
    EXPECT_EQ(meeting.sent_by_client(), Names{"self"});
}

TEST_F(OwnChain, IsBuiltAnewWithEveryContext) {
    const auto old_context =
        TlsContext::server(under_between("", root.certificate_pem()), ClientCertificates::optional);
    const auto new_context =
        TlsContext::server(under_between("", root.certificate_pem() + between.certificate_pem()),
                           ClientCertificates::optional);
    EXPECT_EQ(Meeting(*new_context, *client_of_root()).sent_by_server(), (Names{"end", "Between"}));
    EXPECT_FALSE(Meeting(*old_context, *client_of_root()).met());
}

}  // namespace
}  // namespace gateway
