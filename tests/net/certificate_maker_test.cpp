#include "gateway/net/certificate_maker.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

mode_t mode_of(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
}

TEST(CertificateMaker, WritesKeysThatOnlyTheirOwnerMayRead) {
    const TestCertificates certificates;
    EXPECT_EQ(mode_of(certificates.server_files.private_key), 0600U);
    EXPECT_EQ(mode_of(certificates.server_files.certificate) & 0111, 0U);
}

TEST(CertificateMaker, RefusesNamesThatWouldAddOthers) {
    const CertificateAuthority authority("CA");
    EXPECT_THROW(authority.issue({.common_name = "x", .dns_names = {"a,DNS:evil.example"}}),
                 Failure);
}

TEST(CertificateMaker, NamesTheFolderThatItCannotWriteTo) {
    const CertificateAuthority authority("CA");
    try {
        authority.write_certificate("/no/such/folder", "ca");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_NE(failure.internal().find("/no/such/folder/ca.pem"), std::string::npos);
    }
}

TEST(CertificateMaker, GivesTheAskedValidity) {
    const TestCertificates certificates;
    const auto files =
        certificates.issue({.common_name = "x", .validity = std::chrono::days(7)}, "week");
    const auto context =
        TlsContext::client({files.certificate, files.private_key, certificates.authority_file});
    const auto left = *context->not_after() - std::chrono::system_clock::now();
    EXPECT_GT(left, std::chrono::hours(7 * 24 - 1));
    EXPECT_LE(left, std::chrono::hours(7 * 24));
}

TEST(CertificateMaker, GivesTheAskedBeginning) {
    const TestCertificates certificates;
    const auto files =
        certificates.issue({.common_name = "x", .begins_in = std::chrono::days(2)}, "later");
    const std::string pem = read_file(files.certificate);
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr), &X509_free);
    time_t almost = std::time(nullptr) + 2 * 24 * 3600 - 3600;
    EXPECT_GT(X509_cmp_time(X509_get0_notBefore(certificate.get()), &almost), 0);
    time_t after = almost + 2 * 3600;
    EXPECT_LT(X509_cmp_time(X509_get0_notBefore(certificate.get()), &after), 0);
}

}  // namespace
}  // namespace gateway
