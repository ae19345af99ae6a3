#include "gateway/app/assemble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "gateway/base/text.h"
#include "tests/app/running_parts.h"
#include "tests/flow/store/faulty_disk.h"
#include "tests/support/exposition_reader.h"
#include "tests/support/postgres_server.h"

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

TEST(Gateway, IsNotReadyWhileItsDatabaseIsAwayAndReadyAgainWithIt) {
    PostgresServer server;
    const PostgresTarget target = server.database("gateway");
    GatewayHere gateway({}, "[store.postgres]\nhost = \"" + target.host + "\"\ndatabase = \"" +
                                target.database + "\"\nuser = \"" + target.user + "\"\n");
    EXPECT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
    EXPECT_EQ(gateway.ask("/health/ready").status, 200);
    server.pull_the_plug();
    EXPECT_EQ(gateway.ask_until("/health/ready", "the database cannot be reached").status, 503);
    EXPECT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AE|"));
    EXPECT_EQ(gateway.ask("/health/live").status, 200);
    server.start();
    EXPECT_EQ(gateway.ask_until("/health/ready", R"("state":"ready")").status, 200);
    EXPECT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
}

std::map<std::string, MetricFamily> metrics_of(GatewayHere& gateway) {
    const OpsAnswer answer = gateway.ask("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    return read_exposition(answer.body);
}

// Attempts to reach the clinic, which is not there.
double tries_of(GatewayHere& gateway) {
    return metrics_of(gateway)
        .at("painbridge_delivery_attempts_total")
        .samples.at("partner=clinic,result=try_again");
}

// Once there are more than `before`, or 30 s are over.
double tries_after(GatewayHere& gateway, double before) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    double tries = tries_of(gateway);
    while (tries <= before && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        tries = tries_of(gateway);
    }
    return tries;
}

TEST(Gateway, ShowsItsMetricsInTheForm) {
    GatewayHere gateway;
    const auto metrics = metrics_of(gateway);
    EXPECT_EQ(metrics.at("painbridge_build_info").samples.size(), 1U);
    EXPECT_GT(metrics.at("process_resident_memory_bytes").samples.at(""), 1e6);
    EXPECT_EQ(metrics.at("painbridge_ready").samples.at(""), 1.0);
    EXPECT_EQ(metrics.at("painbridge_connections").samples.at("listener=ops"), 1.0);
    const auto& certificates =
        metrics.at("painbridge_certificate_not_after_timestamp_seconds").samples;
    EXPECT_GT(certificates.at("listener=mllp"), 1.7e9);
    EXPECT_GT(certificates.at("partner=clinic"), 1.7e9);
}

// The clinic is not there: what was accepted waits, and every attempt fails.
TEST(Gateway, CountsARealMessageAndItsDelivery) {
    GatewayHere gateway;
    const auto before = metrics_of(gateway);
    EXPECT_TRUE(before.at("painbridge_messages_total").samples.empty());
    ASSERT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
    ASSERT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
    ASSERT_THAT(gateway.send_sample("must-be-refused.hl7"), HasSubstr("MSA|A"));
    gateway.ask_until("/metrics",
                      "painbridge_queue_deliveries{partner=\"clinic\",state=\"pending\"} 1\n");
    EXPECT_GE(tries_after(gateway, 0.0), 1.0);
    const auto after = metrics_of(gateway);
    const auto& messages = after.at("painbridge_messages_total").samples;
    EXPECT_EQ(messages.at("partner=gp,outcome=accepted"), 1.0);
    EXPECT_EQ(messages.at("partner=gp,outcome=replayed"), 1.0);
    EXPECT_EQ(messages.at("partner=gp,outcome=refused"), 1.0);
    EXPECT_EQ(messages.at("partner=gp,outcome=turned_away"), 0.0);
    const auto& acceptance = after.at("painbridge_acceptance_seconds").samples;
    EXPECT_EQ(acceptance.at("_count:partner=gp"), 3.0);
    EXPECT_GT(acceptance.at("_sum:partner=gp"), 0.0);
    const auto& attempts = after.at("painbridge_delivery_attempts_total").samples;
    EXPECT_EQ(attempts.at("partner=clinic,result=refused"), 0.0);
    EXPECT_EQ(attempts.at("partner=clinic,result=delivered"), 0.0);
    EXPECT_EQ(after.at("painbridge_queue_deliveries").samples.at("partner=gp,state=pending"), 0.0);
    EXPECT_GE(after.at("painbridge_queue_oldest_age_seconds").samples.at("partner=clinic"), 0.0);
    EXPECT_GT(after.at("painbridge_store_commits_total").samples.at(""),
              before.at("painbridge_store_commits_total").samples.at(""));
    EXPECT_EQ(after.at("painbridge_store_commit_seconds").samples.at("_count:"),
              after.at("painbridge_store_commits_total").samples.at(""));
}

std::vector<std::string_view> labels_in(std::string_view series) {
    const std::string_view labels = series.substr(series.find(':') + 1);
    return labels.empty() ? std::vector<std::string_view>{} : split(labels, ',');
}

// The labels are of closed lists, and a partner's is its id.
TEST(Gateway, ShowsNothingThatAMessageBrought) {
    GatewayHere gateway;
    ASSERT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
    const std::set<std::string_view> words{"outcome", "result", "state",   "listener",
                                           "where",   "le",     "version", "class"};
    for (const auto& [name, family] : metrics_of(gateway)) {
        for (const auto& [series, value] : family.samples) {
            for (const std::string_view label : labels_in(series)) {
                EXPECT_TRUE(words.contains(label.substr(0, label.find('='))) ||
                            label == "partner=gp" || label == "partner=clinic")
                    << name << ' ' << label;
            }
        }
    }
}

// A disk that the test fills and empties.
struct PretendedDisk {
    std::shared_ptr<std::atomic<std::uint64_t>> used =
        std::make_shared<std::atomic<std::uint64_t>>(100);

    DiskProbe probe() const {
        return [used = used] { return DiskSpace{*used, 1'000 - *used}; };
    }
};

TEST(Gateway, RefusesNewWorkOnAFullDiskAndTakesItAgainLater) {
    const PretendedDisk disk;
    GatewayHere gateway({.disk = disk.probe()});
    *disk.used = 900;
    EXPECT_EQ(gateway.ask_until("/health/ready", "the disk under the store").status, 503);
    const std::string refusal = gateway.send_sample(sample);
    EXPECT_THAT(refusal, HasSubstr("MSA|AE|"));
    EXPECT_THAT(refusal, HasSubstr("the disk of this gateway is nearly full"));
    EXPECT_EQ(metrics_of(gateway)
                  .at("painbridge_messages_total")
                  .samples.at("partner=gp,outcome=turned_away"),
              1.0);
    *disk.used = 899;
    EXPECT_EQ(gateway.ask_until("/health/ready", R"("state":"ready")").status, 200);
    EXPECT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
}

// A program that notes what it is given, a line an alarm.
std::string noting_sink(const ScratchFolder& folder, const std::string& more = {}) {
    const std::string script =
        folder.write("note", "#!/bin/sh\nexec cat >> " + folder.file("notes") + "\n");
    ::chmod(script.c_str(), 0700);
    folder.write("notes", "");
    return "[alarms]\nquiet = \"0ms\"\nqueue_age = \"1s\"\n" + more +
           "[[alarms.sink]]\nname = \"here\"\n"
           "command = [\"" +
           script + "\"]\n";
}

// Until the program was given `text`, or 20 s are over.
std::string notes_with(const ScratchFolder& folder, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string notes = read_file(folder.file("notes"));
    while (notes.find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        notes = read_file(folder.file("notes"));
    }
    return notes;
}

TEST(Gateway, TellsOfADiskThatFillsAndOfItsEnd) {
    const ScratchFolder folder;
    const PretendedDisk disk;
    GatewayHere gateway({.disk = disk.probe()}, noting_sink(folder));
    *disk.used = 900;
    const std::string opened = notes_with(folder, R"("key":"disk_full","class")");
    EXPECT_THAT(opened, HasSubstr(R"({"event":"open")"));
    EXPECT_THAT(opened, HasSubstr(R"("urgency":"urgent")"));
    gateway.ask_until("/metrics", "painbridge_alarms_open{class=\"disk_full\"} 1\n");
    *disk.used = 100;
    EXPECT_THAT(notes_with(folder, R"({"event":"close")"), HasSubstr(R"("event":"close")"));
    const OpsAnswer metrics =
        gateway.ask_until("/metrics", "painbridge_alarms_open{class=\"disk_low\"} 0\n");
    EXPECT_THAT(metrics.body, HasSubstr("painbridge_alarms_open{class=\"disk_full\"} 0\n"));
}

// It is in nobody's settings: the surgery showed it.
TEST(Gateway, TellsOfAPartnersCertificateThatEnds) {
    const ScratchFolder folder;
    GatewayHere gateway({}, noting_sink(folder, "certificate_within = \"300d\"\n"));
    ASSERT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
    EXPECT_THAT(notes_with(folder, R"("key":"certificate:of:gp:)"),
                HasSubstr(R"("key":"certificate:of:gp:)"));
}

// The clinic is not there. The alarm names it, and nothing of the patient.
TEST(Gateway, TellsOfWhatWaitsTooLong) {
    const ScratchFolder folder;
    GatewayHere gateway({}, noting_sink(folder));
    ASSERT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
    const std::string notes = notes_with(folder, R"("key":"queue_age:clinic")");
    EXPECT_THAT(notes, HasSubstr(R"("key":"queue_age:clinic")"));
    EXPECT_THAT(gateway.ask_until("/health/ready", "queue_age:clinic").body,
                HasSubstr(R"("alarm":[)"));
}

// Attempts of what was accepted before, and their records, go on beyond the limit.
TEST(Gateway, GoesOnWithAcceptedWorkOnAFullDisk) {
    const PretendedDisk disk;
    GatewayHere gateway({.disk = disk.probe()});
    ASSERT_THAT(gateway.send_sample(sample), HasSubstr("MSA|AA|"));
    *disk.used = 950;
    ASSERT_EQ(gateway.ask_until("/health/ready", "the disk under the store").status, 503);
    const double before = tries_of(gateway);
    EXPECT_GT(tries_after(gateway, before), before);
}

}  // namespace
}  // namespace gateway
