#include "gateway/app/bench/report.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(Percentiles, AreTimesThatWereMeasured) {
    std::vector<std::chrono::steady_clock::duration> times;
    for (int i = 100; i >= 0; --i) {
        times.push_back(std::chrono::milliseconds(i));
    }
    const Percentiles spread = percentiles(times);
    EXPECT_DOUBLE_EQ(spread.p50_ms, 50);
    EXPECT_DOUBLE_EQ(spread.p99_ms, 99);
    EXPECT_DOUBLE_EQ(spread.max_ms, 100);
}

TEST(Percentiles, OfNothingAreZero) {
    EXPECT_EQ(percentiles({}).max_ms, 0);
}

// Works for so long on a processor, whatever else the machine does.
void work(double seconds) {
    const std::clock_t until =
        std::clock() + static_cast<std::clock_t>(seconds * static_cast<double>(CLOCKS_PER_SEC));
    while (std::clock() < until) {
    }
}

TEST(CpuOfOthers, CountsAnotherProcess) {
    const double before = cpu_seconds_of_others();
    const pid_t other = ::fork();
    ASSERT_GE(other, 0);
    if (other == 0) {
        work(0.3);
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_GT(cpu_seconds_of_others() - before, 0.2);
}

TEST(ProcessUse, CountsThisProcess) {
    const double before = process_use(::getpid()).cpu_seconds;
    work(0.3);
    EXPECT_GT(process_use(::getpid()).cpu_seconds - before, 0.2);
    EXPECT_GT(process_use(::getpid()).rss_mib, 0);
}

}  // namespace
}  // namespace gateway
