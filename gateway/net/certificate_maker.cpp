#include "gateway/net/certificate_maker.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "gateway/base/failure.h"
#include "gateway/net/openssl_error.h"

namespace gateway {

namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

// Clocks of peers may be a little behind.
constexpr std::chrono::minutes backdated{10};

[[noreturn]] void fail(std::string_view doing) {
    throw Failure(Category::fault, "cannot make certificates",
                  "cannot " + std::string(doing) + ": " + take_openssl_error());
}

void require(bool done, std::string_view doing) {
    if (!done) {
        fail(doing);
    }
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    require(key != nullptr, "make a key");
    return key;
}

void set_serial(X509& certificate) {
    std::array<unsigned char, 16> bytes = {};
    require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "draw a serial number");
    bytes[0] &= 0x7F;  // positive, RFC 5280 §4.1.2.2
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr), &BN_free);
    require(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)),
            "set a serial number");
}

// Both counted from now.
struct Validity {
    std::chrono::days begins_in;
    std::chrono::days ends_in;
};

void set_validity(X509& certificate, const Validity& validity) {
    const long begin = std::chrono::seconds(validity.begins_in - backdated).count();
    const long end = std::chrono::seconds(validity.ends_in).count();
    // One that is already over must still begin before it ends.
    X509_gmtime_adj(X509_getm_notBefore(&certificate), std::min(begin, end + begin));
    X509_gmtime_adj(X509_getm_notAfter(&certificate), end);
}

void set_name(X509_NAME& name, const std::string& common_name) {
    require(X509_NAME_add_entry_by_NID(
                &name, NID_commonName, MBSTRING_UTF8,
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's type
                reinterpret_cast<const unsigned char*>(common_name.data()),
                static_cast<int>(common_name.size()), -1, 0) == 1,
            "set a name");
}

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
    require(extension && X509_add_ext(&certificate, extension.get(), -1) == 1,
            std::string("add extension ") + OBJ_nid2sn(kind));
}

Certificate blank_certificate(const std::string& common_name, const Key& key,
                              const Validity& validity) {
    Certificate certificate(X509_new(), &X509_free);
    require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1,
            "make a certificate");
    set_serial(*certificate);
    set_validity(*certificate, validity);
    set_name(*X509_get_subject_name(certificate.get()), common_name);
    require(X509_set_pubkey(certificate.get(), key.get()) == 1, "set a public key");
    return certificate;
}

void sign(X509& certificate, const X509& issuer, const Key& issuer_key) {
    require(X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer)) == 1 &&
                X509_sign(&certificate, issuer_key.get(), EVP_sha256()) > 0,
            "sign a certificate");
}

// OpenSSL reads lists as text; a comma in a name would begin another name.
void append_names(std::string& list, std::string_view kind, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (name.find_first_of(",\n\r") != std::string::npos) {
            throw Failure(Category::invalid, "cannot make certificates",
                          "a subject alternative name holds a comma or a line end");
        }
        if (!list.empty()) {
            list += ',';
        }
        list.append(kind).append(":").append(name);
    }
}

std::string alternative_names(const CertificateRequest& request) {
    std::string list;
    append_names(list, "DNS", request.dns_names);
    append_names(list, "URI", request.uris);
    append_names(list, "IP", request.ips);
    append_names(list, "email", request.emails);
    return list;
}

std::string key_usage(CertificateUse use) {
    switch (use) {
        case CertificateUse::server:
            return "serverAuth";
        case CertificateUse::client:
            return "clientAuth";
        case CertificateUse::server_and_client:
            return "serverAuth,clientAuth";
    }
    throw std::logic_error("unknown certificate use");
}

template <typename Write>
std::string pem_text(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    require(out && write(out.get()) == 1, "write PEM");
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(length)};
}

std::string certificate_text(const X509& certificate) {
    return pem_text([&](BIO* out) { return PEM_write_bio_X509(out, &certificate); });
}

std::string key_text(const Key& key) {
    return pem_text([&](BIO* out) {
        return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

[[noreturn]] void fail_on_file(const std::string& path) {
    throw Failure(Category::unavailable, "cannot write certificates",
                  path + ": " + std::generic_category().message(errno));
}

// Born with its mode: at no moment may others read a key.
void write_file(const std::string& path, std::string_view text, mode_t mode) {
    ::unlink(path.c_str());
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0) {
        fail_on_file(path);
    }
    const auto written = ::write(file, text.data(), text.size());
    const bool closed = ::close(file) == 0;
    if (written != static_cast<ssize_t>(text.size()) || !closed) {
        fail_on_file(path);
    }
}

constexpr mode_t public_mode = 0644;
constexpr mode_t private_mode = 0600;

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& common_name,
                                           std::chrono::days validity,
                                           const CertificateAuthority* superior)
    : key_(make_key()),
      certificate_(blank_certificate(common_name, key_, {std::chrono::days(0), validity})) {
    X509& own = *certificate_;
    X509& issuer = superior != nullptr ? *superior->certificate_ : own;
    add_extension(own, issuer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(own, issuer, NID_subject_key_identifier, "hash");
    sign(own, issuer, superior != nullptr ? superior->key_ : key_);
}

CertificateAuthority::CertificateAuthority(const std::string& common_name,
                                           std::chrono::days validity)
    : CertificateAuthority(common_name, validity, nullptr) {
}

CertificateAuthority CertificateAuthority::subordinate(const std::string& common_name,
                                                       std::chrono::days validity) const {
    return {common_name, validity, this};
}

CertificatePem CertificateAuthority::issue(const CertificateRequest& request) const {
    const Key key = make_key();
    const Certificate certificate =
        blank_certificate(request.common_name, key, {request.begins_in, request.validity});
    X509& leaf = *certificate;
    X509& issuer = *certificate_;
    add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(leaf, issuer, NID_ext_key_usage, key_usage(request.use));
    add_extension(leaf, issuer, NID_subject_key_identifier, "hash");
    add_extension(leaf, issuer, NID_authority_key_identifier, "keyid");
    const std::string names = alternative_names(request);
    if (!names.empty()) {
        add_extension(leaf, issuer, NID_subject_alt_name, names);
    }
    sign(leaf, issuer, key_);
    return {certificate_text(leaf), key_text(key)};
}

CertificateFiles CertificateAuthority::issue_files(const CertificateRequest& request,
                                                   const std::string& folder,
                                                   const std::string& name) const {
    const CertificatePem pem = issue(request);
    CertificateFiles files{folder + "/" + name + ".pem", folder + "/" + name + ".key"};
    write_file(files.certificate, pem.certificate, public_mode);
    write_file(files.private_key, pem.private_key, private_mode);
    return files;
}

std::string CertificateAuthority::certificate_pem() const {
    return certificate_text(*certificate_);
}

std::string CertificateAuthority::write_certificate(const std::string& folder,
                                                    const std::string& name) const {
    std::string path = folder + "/" + name + ".pem";
    write_file(path, certificate_pem(), public_mode);
    return path;
}

}  // namespace gateway
