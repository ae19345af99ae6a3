// That the benchmarks count what they say; how fast it was is not asked here.
#include "gateway/app/bench/net/net_bench.h"

#include <gmock/gmock.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <filesystem>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class NetBench : public ::testing::Test {
protected:
    NetBench() : identities(folder) {}

    ~NetBench() override { std::filesystem::remove_all(folder); }

    static std::string make_folder() {
        std::string path =
            (std::filesystem::temp_directory_path() / "painbridge-test-XXXXXX").string();
        EXPECT_NE(::mkdtemp(path.data()), nullptr);
        return path;
    }

    static void expect_sound(const NetFigure& figure) {
        EXPECT_THAT(figure.faults, IsEmpty());
        EXPECT_GT(figure.requests, 0U);
        EXPECT_GE(figure.right, figure.requests);
        EXPECT_EQ(figure.times.size(), figure.requests);
        EXPECT_GT(figure.server_cpu_seconds, 0);
        EXPECT_GT(figure.client_cpu_seconds, 0);
    }

    std::string folder = make_folder();
    BenchIdentities identities;
    NetLoad load{
        .time = {.warm_up = 50ms, .measured = 500ms}, .client_threads = 2, .connections_each = 3};
};

TEST_F(NetBench, CountsEveryPost) {
    expect_sound(measure_https_post(identities, load));
}

TEST_F(NetBench, CountsEveryEcho) {
    expect_sound(measure_mllp_echo(identities, load));
}

TEST_F(NetBench, CountsEveryNewConnection) {
    expect_sound(measure_new_connections(identities, load));
}

TEST_F(NetBench, CountsEveryConnectionOfTheRawLoop) {
    expect_sound(measure_raw_connections(identities, load));
}

TEST(NetFigure, IsVoidWhereTheServerCountedSomethingElse) {
    NetFigure figure{.right = 10};
    figure.expect_served(10, 0);
    EXPECT_THAT(figure.faults, IsEmpty());
    figure.expect_served(11, 2);
    EXPECT_THAT(figure.faults, ElementsAre(HasSubstr("10 right answers, but 11 requests served"),
                                           HasSubstr("2 requests arrived broken")));
}

TEST(NetFigure, DividesProcessorTimeByRequests) {
    NetFigure figure{.requests = 4, .seconds = 2, .server_cpu_seconds = 1, .client_cpu_seconds = 2};
    figure.add({.requests = 4, .seconds = 2, .server_cpu_seconds = 1});
    EXPECT_DOUBLE_EQ(figure.rate(), 2);
    EXPECT_DOUBLE_EQ(figure.server_cpu_us(), 250'000);
    EXPECT_DOUBLE_EQ(figure.client_cpu_us(), 250'000);
}

TEST(Measurement, VoidsAFigureWhoseCallerFailed) {
    const NetFigure figure =
        measure({.warm_up = 1ms, .measured = 1ms}, 1,
                [](Measurement&) { throw std::runtime_error("no answer"); }, {});
    EXPECT_THAT(figure.faults, ElementsAre("no answer", HasSubstr("nothing was answered")));
}

}  // namespace
}  // namespace gateway
