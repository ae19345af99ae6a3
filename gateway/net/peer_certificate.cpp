#include "gateway/net/peer_certificate.h"

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <span>

#include "gateway/base/digest.h"
#include "gateway/net/openssl_time.h"

namespace gateway {

namespace {

std::string name_text(const X509_NAME* name) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(out.get(), &bytes);
    return length > 0 ? std::string(bytes, static_cast<std::size_t>(length)) : std::string();
}

// A NUL inside a name once let "good.example\0.evil.example" pass for another: such names are none.
void add_name(const ASN1_STRING* text, std::vector<std::string>& names) {
    const auto* bytes = ASN1_STRING_get0_data(text);
    const auto length = static_cast<std::size_t>(ASN1_STRING_length(text));
    if (length == 0 || std::memchr(bytes, '\0', length) != nullptr) {
        return;
    }
    names.emplace_back(bytes, bytes + length);
}

void read_alternative_names(const X509& certificate, PeerCertificate& into) {
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
        &GENERAL_NAMES_free);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int kind = 0;
        const auto* value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
        if (kind == GEN_DNS) {
            add_name(value, into.dns_names);
        }
        if (kind == GEN_URI) {
            add_name(value, into.uris);
        }
        if (kind == GEN_EMAIL) {
            add_name(value, into.emails);
        }
    }
}

std::string key_digest(const X509& certificate) {
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
    if (length <= 0) {
        return {};
    }
    const std::string bytes(der, der + length);
    OPENSSL_free(der);
    return to_hex(sha256(bytes));
}

}  // namespace

PeerCertificate read_peer_certificate(const X509& certificate) {
    PeerCertificate peer;
    peer.subject = name_text(X509_get_subject_name(&certificate));
    peer.issuer = name_text(X509_get_issuer_name(&certificate));
    read_alternative_names(certificate, peer);
    peer.spki_sha256 = key_digest(certificate);
    peer.not_after = to_instant(*X509_get0_notAfter(&certificate));
    return peer;
}

}  // namespace gateway
