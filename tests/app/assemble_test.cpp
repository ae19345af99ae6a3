#include "gateway/app/assemble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/running_parts.h"
#include "tests/flow/store/faulty_disk.h"

namespace gateway {
namespace {

using testing::HasSubstr;

constexpr const char* sample = "letter-only.hl7";

TEST(Gateway, IsReadyOnceItListens) {
    GatewayHere gateway;
    const OpsAnswer ready = gateway.ask("/health/ready");
    EXPECT_EQ(ready.status, 200);
    EXPECT_THAT(ready.body, HasSubstr(R"("state":"ready")"));
    EXPECT_EQ(gateway.ask("/health/live").status, 200);
}

TEST(Gateway, IsNotReadyWhenItsStoreHasFailed) {
    test::FaultyDisk disk;
    GatewayHere gateway({.store_vfs = disk.name()});
    disk.fail(test::DiskFault::sync_fails);
    EXPECT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AE|"));
    const OpsAnswer ready = gateway.ask("/health/ready");
    EXPECT_EQ(ready.status, 503);
    EXPECT_THAT(ready.body, HasSubstr("the store takes no messages"));
    EXPECT_EQ(gateway.ask("/health/live").status, 200);
}

}  // namespace
}  // namespace gateway
