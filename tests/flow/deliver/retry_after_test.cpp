#include "gateway/flow/deliver/retry_after.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace gateway {
namespace {

using namespace std::chrono_literals;

struct RetryAfterCase {
    std::string_view asked;
    std::string_view date;
    std::chrono::seconds pause;
};

TEST(RetryAfter, IsSecondsOrADateBesideThePeersOwn) {
    constexpr std::string_view now = "Sat, 31 Jan 2026 23:59:30 GMT";
    constexpr std::array cases = {
        RetryAfterCase{"", "", 0s},
        RetryAfterCase{"120", "", 120s},
        RetryAfterCase{" 5 ", "", 5s},
        RetryAfterCase{"0", "", 0s},
        RetryAfterCase{"-5", "", 0s},
        RetryAfterCase{"1.5", "", 0s},
        RetryAfterCase{"soon", "", 0s},
        RetryAfterCase{"99999999999999999999", "", 365 * 24h},
        RetryAfterCase{"Sun, 01 Feb 2026 00:01:00 GMT", now, 90s},
        RetryAfterCase{"Sat, 31 Jan 2026 23:00:00 GMT", now, 0s},
        RetryAfterCase{"Sun, 01 Feb 2026 00:01:00 GMT", "", 0s},
        RetryAfterCase{"Sun, 01 Feb 2026 00:01:00 GMT x", now, 0s},
    };
    for (const RetryAfterCase& each : cases) {
        HttpHeaders headers;
        headers.set("Retry-After", each.asked);
        headers.set("Date", each.date);
        EXPECT_EQ(retry_after(headers), each.pause) << each.asked;
    }
    EXPECT_EQ(retry_after({}), 0s);
}

}  // namespace
}  // namespace gateway
