#include "gateway/base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gateway/base/text.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

class FixedClock final : public Clock {
public:
    Instant now() const override { return Instant{1'769'866'097'239'000us}; }

    std::chrono::steady_clock::time_point steady() const override { return {}; }
};

class LogFile : public testing::Test {
protected:
    LogFile() { std::filesystem::remove(path_); }

    ~LogFile() override { std::filesystem::remove(path_); }

    std::string content() const { return read_file(path_); }

    std::string path_ = testing::TempDir() + "painbridge_log_" + std::to_string(::getpid());
    FixedClock clock_;
};

TEST_F(LogFile, WritesOneJsonObjectALine) {
    Log log(clock_, LogLevel::info, path_);
    log.write(LogLevel::info, "message.accepted",
              {LogField::id("message", "5f0c-1"), LogField::count("bytes", 6012),
               LogField::duration("took", 1'234'567ns), LogField::partner("westside-gp")});
    EXPECT_EQ(content(),
              "{\"ts\":\"2026-01-31T13:28:17.239Z\",\"level\":\"info\",\"event\":"
              "\"message.accepted\",\"message\":\"5f0c-1\",\"bytes\":6012,\"took_ms\":1.234,"
              "\"partner\":\"westside-gp\"}\n");
}

TEST_F(LogFile, LeavesOutLinesBelowItsLevel) {
    Log log(clock_, LogLevel::warning, path_);
    log.write(LogLevel::info, "quiet");
    log.write(LogLevel::warning, "loud");
    EXPECT_EQ(content().find("quiet"), std::string::npos);
    EXPECT_NE(content().find("loud"), std::string::npos);
}

TEST_F(LogFile, RedactsAValueThatDoesNotHaveTheShapeOfItsKind) {
    Log log(clock_, LogLevel::info, path_);
    log.write(LogLevel::info, "odd",
              {LogField::id("placer", "Jane Citizen"), LogField::word("state", "a|b"),
               LogField::path("url", "https://h/Patient?name=Citizen"),
               LogField::id("long", std::string(201, 'x'))});
    EXPECT_EQ(content().find("Citizen"), std::string::npos);
    EXPECT_NE(content().find(R"("placer":"[redacted]","state":"[redacted]","url":"[redacted]")"),
              std::string::npos);
    EXPECT_NE(content().find(R"("long":"[redacted]")"), std::string::npos);
}

TEST_F(LogFile, EscapesWhatWouldBreakTheLine) {
    Log log(clock_, LogLevel::info, path_);
    log.write(LogLevel::info, "x", {LogField::reason("a \"quoted\"\nline\\")});
    EXPECT_NE(content().find(R"("reason":"a \"quoted\"\u000aline\\"})"), std::string::npos);
}

TEST_F(LogFile, LogsTheInternalTextOfAFailure) {
    Log log(clock_, LogLevel::info, path_);
    log.write_failure("delivery.failed",
                      Failure(Category::unavailable, "try again later", "connection refused"),
                      {LogField::partner("clinic")});
    EXPECT_NE(content().find(R"("level":"warning","event":"delivery.failed","category":)"
                             R"("unavailable","reason":"connection refused","partner":"clinic")"),
              std::string::npos);
}

TEST_F(LogFile, KeepsLinesOfManyThreadsWhole) {
    Log log(clock_, LogLevel::info, path_);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&log] {
            for (int n = 0; n < 200; ++n) {
                log.write(LogLevel::info, "tick", {LogField::count("n", 1)});
            }
        });
    }
    threads.clear();
    const std::string written = content();
    const std::vector<std::string_view> lines = split(written, '\n');
    ASSERT_EQ(lines.size(), 801U);
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        EXPECT_EQ(lines[i], lines[0]);
    }
}

TEST_F(LogFile, WritesToANewFileAfterReopen) {
    Log log(clock_, LogLevel::info, path_);
    log.write(LogLevel::info, "before");
    const std::string moved = path_ + ".1";
    std::filesystem::rename(path_, moved);
    log.reopen();
    log.write(LogLevel::info, "after");
    EXPECT_EQ(content().find("before"), std::string::npos);
    EXPECT_NE(content().find("after"), std::string::npos);
    std::filesystem::remove(moved);
}

TEST_F(LogFile, SaysWhichLogCannotBeOpened) {
    try {
        Log log(clock_, LogLevel::info, "/nonexistent/painbridge.log");
        FAIL() << "opened a log in a folder that does not exist";
    } catch (const Failure& failure) {
        EXPECT_NE(failure.external().find("/nonexistent/painbridge.log"), std::string::npos);
    }
}

}  // namespace
}  // namespace gateway
