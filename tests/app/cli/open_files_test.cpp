#include "gateway/app/cli/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace gateway {
namespace {

Settings settings_for(std::uint32_t connections_max) {
    Settings settings;
    settings.listen.mllp.address = Address{"127.0.0.1", 2575};
    settings.limits.connections_max = connections_max;
    return settings;
}

TEST(OpenFiles, CountsEveryListenerAndTheFilesOfLargeBodies) {
    Settings settings = settings_for(1'000);
    const auto one = open_files_needed(settings);
    EXPECT_GE(one, 2'000U);
    settings.listen.https.address = Address{"127.0.0.1", 8443};
    EXPECT_EQ(open_files_needed(settings), one + 2'000);
    settings.limits.spill_bytes_max = 10 * settings.limits.spill_above;
    EXPECT_EQ(open_files_needed(settings), one + 10);
}

// Fewer open files while it lives.
class LowLimit {
public:
    explicit LowLimit(rlim_t files) {
        EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
        rlimit low = before_;
        low.rlim_cur = files;
        EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    }

    ~LowLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

    LowLimit(const LowLimit&) = delete;
    LowLimit& operator=(const LowLimit&) = delete;
    LowLimit(LowLimit&&) = delete;
    LowLimit& operator=(LowLimit&&) = delete;

    const rlimit& before() const { return before_; }

private:
    rlimit before_ = {};
};

TEST(OpenFiles, TakesWhatTheSystemGives) {
    const LowLimit limit(64);
    raise_open_files();
    rlimit after = {};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
    EXPECT_EQ(after.rlim_cur, limit.before().rlim_max);
}

TEST(OpenFiles, WarnsWhereConnectionsWouldBeRefusedSooner) {
    const LowLimit limit(500);
    Issues enough;
    check_open_files(settings_for(100), enough);
    Issues few;
    check_open_files(settings_for(1'000), few);
    EXPECT_TRUE(enough.empty());
    ASSERT_EQ(few.size(), 1U);
    EXPECT_FALSE(few.has_errors());
    EXPECT_EQ(few[0].path, "limits.connections_max");
    EXPECT_NE(few[0].text.find("LimitNOFILE"), std::string::npos);
}

}  // namespace
}  // namespace gateway
