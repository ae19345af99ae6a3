// Makes a small certificate authority and certificates under it (EC P-256, SHA-256): for
// `painbridge demo` and for tests. Not for production identities. Keys are written with mode 0600.
// A fault of OpenSSL or of the file system is a Failure. Values; thread-safe.
// Spec: RFC 5280 §4.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace gateway {

enum class CertificateUse { server, client, server_and_client };

struct CertificateRequest {
    std::string common_name;
    std::vector<std::string> dns_names = {};
    std::vector<std::string> uris = {};
    std::vector<std::string> ips = {};
    std::vector<std::string> emails = {};
    CertificateUse use = CertificateUse::server_and_client;
    std::chrono::days validity{30};  // counted from now; negative: already over
    std::chrono::days begins_in{0};  // counted from now; positive: not yet valid
};

struct CertificatePem {
    std::string certificate;
    std::string private_key;
};

struct CertificateFiles {
    std::string certificate;
    std::string private_key;
};

class CertificateAuthority final {
public:
    explicit CertificateAuthority(const std::string& common_name,
                                  std::chrono::days validity = std::chrono::days(365));

    // One whose certificate is signed by this one.
    CertificateAuthority subordinate(const std::string& common_name,
                                     std::chrono::days validity = std::chrono::days(365)) const;

    CertificatePem issue(const CertificateRequest& request) const;

    // Issues and writes `<folder>/<name>.pem` and `<folder>/<name>.key`.
    CertificateFiles issue_files(const CertificateRequest& request, const std::string& folder,
                                 const std::string& name) const;

    // The PEM text that peers trust; written to `<folder>/<name>.pem`, whose path is returned.
    std::string certificate_pem() const;
    std::string write_certificate(const std::string& folder, const std::string& name) const;

private:
    CertificateAuthority(const std::string& common_name, std::chrono::days validity,
                         const CertificateAuthority* superior);

    std::shared_ptr<evp_pkey_st> key_;
    std::shared_ptr<x509_st> certificate_;
};

}  // namespace gateway
