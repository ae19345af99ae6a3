#include "gateway/net/certificate_maker.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "gateway/base/failure.h"
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

}  // namespace
}  // namespace gateway
