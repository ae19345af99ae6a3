#include "gateway/base/settings/quantities.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(Quantities, ReadsDurations) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("30 s"), 30s);
    EXPECT_EQ(parse_duration("30d"), std::chrono::days(30));
    for (const char* bad : {"", "30", "s", "-1s", "1.5s", "1 week", "99999999999999999999s",
                            "9223372036854775807d"}) {
        EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
    }
}

TEST(Quantities, WritesDurationsInTheLargestUnit) {
    EXPECT_EQ(duration_text(30s), "30s");
    EXPECT_EQ(duration_text(24h), "1d");
    EXPECT_EQ(duration_text(90s), "90s");
    EXPECT_EQ(duration_text(0ms), "0ms");
}

TEST(Quantities, ReadsSizes) {
    EXPECT_EQ(parse_size("16MiB"), 16U << 20U);
    EXPECT_EQ(parse_size("512 B"), 512U);
    EXPECT_EQ(parse_size("16MB"), std::nullopt);
    EXPECT_EQ(size_text(16U << 20U), "16MiB");
}

TEST(Quantities, ReadsAddresses) {
    EXPECT_EQ(parse_address("127.0.0.1:2575"), (Address{"127.0.0.1", 2575}));
    EXPECT_EQ(parse_address("[::1]:0"), (Address{"::1", 0}));
    EXPECT_EQ(parse_address("[::1]:443")->text(), "[::1]:443");
    for (const char* bad : {"", "127.0.0.1", "localhost:1", "127.0.0.1:65536", "::1:443", "[::1]",
                            "127.0.0.1:", "127.0.0.1:+1", "127.1:80", "[127.0.0.1]:80"}) {
        EXPECT_EQ(parse_address(bad), std::nullopt) << bad;
    }
}

TEST(Quantities, ReadsEndpoints) {
    const auto https = parse_endpoint("https://Clinic.example:8443/fhir/r4");
    ASSERT_TRUE(https);
    EXPECT_EQ(https->kind, Channel::https);
    EXPECT_EQ(https->host, "clinic.example");
    EXPECT_EQ(https->port, 8443);
    EXPECT_EQ(https->path, "/fhir/r4");
    const auto mllp = parse_endpoint("mllps://[::1]:2575");
    ASSERT_TRUE(mllp);
    EXPECT_EQ(mllp->kind, Channel::mllp);
    EXPECT_EQ(mllp->host, "::1");
    for (const char* bad : {"mllps://host", "mllps://host:1/x", "https://", "https:///x",
                            "https://a..b/", "https://-a/", "ftp://a/", "https://a:b/",
                            "https://a/ b", "https://[::1", "https://[x]/"}) {
        EXPECT_FALSE(parse_endpoint(bad)) << bad;
    }
}

}  // namespace
}  // namespace gateway
