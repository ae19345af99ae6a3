#include "gateway/app/bench/net/net_report.h"

#include <gmock/gmock.h>

#include <sstream>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

NetReport report_of(NetFigure figure) {
    return {.machine = "a \"small\" one",
            .load = {},
            .figures = {{"https_post", "HTTPS POST", std::move(figure)}},
            .of_raw_connections = 0.815,
            .of_raw_server_cpu = 0.9};
}

std::string text_of(const NetReport& report) {
    std::ostringstream out;
    print_text(report, out);
    return out.str();
}

std::string json_of(const NetReport& report) {
    std::ostringstream out;
    print_json(report, out);
    return out.str();
}

const NetFigure figure{.requests = 2,
                       .seconds = 1,
                       .times = {1ms, 1ms},
                       .server_cpu_seconds = 0.001,
                       .client_cpu_seconds = 0.002};

TEST(NetReport, TellsRateLatencyAndProcessorTime) {
    const std::string text = text_of(report_of(figure));
    EXPECT_THAT(text, HasSubstr("machine: a \"small\" one"));
    EXPECT_THAT(text, HasSubstr("2/s   p50  1.000 ms, p99  1.000 ms   CPU each: server 500.0 us, "
                                "client 1000.0 us"));
    EXPECT_THAT(text, HasSubstr("of the raw loop's: 82 %; by the server's CPU alone: 90 %"));
    EXPECT_THAT(text, Not(HasSubstr("VOID")));
}

TEST(NetReport, SaysThatARunIsVoid) {
    NetFigure faulty = figure;
    faulty.faults = {"a wrong answer"};
    const NetReport report = report_of(faulty);
    EXPECT_FALSE(report.is_sound());
    EXPECT_THAT(text_of(report), HasSubstr("VOID: a wrong answer"));
    EXPECT_THAT(json_of(report), HasSubstr("\"faults\":[\"a wrong answer\"]"));
    EXPECT_THAT(json_of(report), HasSubstr("\"sound\":false"));
}

TEST(NetReport, SaysThatTheMachineWasNotQuiet) {
    NetReport report = report_of(figure);
    EXPECT_THAT(text_of(report), Not(HasSubstr("NOT QUIET")));
    report.share_of_others = 0.44;
    EXPECT_THAT(text_of(report), HasSubstr("NOT QUIET: others took 44 % of its cores"));
}

TEST(NetReport, IsDataWhereAsked) {
    const std::string json = json_of(report_of(figure));
    EXPECT_THAT(json, HasSubstr("{\"machine\":\"a \\\"small\\\" one\","));
    EXPECT_THAT(json, HasSubstr("\"https_post\":{\"per_second\":2.0,\"requests\":2,"
                                "\"p50_ms\":1.0000,\"p99_ms\":1.0000,\"server_cpu_us\":500.00,"
                                "\"client_cpu_us\":1000.00,\"faults\":[]}"));
    EXPECT_THAT(json, HasSubstr("\"of_raw_connections\":0.815,\"of_raw_server_cpu\":0.900,"
                                "\"share_of_others\":0.000,\"sound\":true}\n"));
}

}  // namespace
}  // namespace gateway
