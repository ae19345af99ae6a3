#include "gateway/flow/alarm/alarms.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "gateway/flow/alarm/incident_file.h"
#include "tests/flow/alarm/alarm_fixture.h"
#include "tests/support/scratch_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using test::breaker_of;
using test::quarantine_of;
using test::seen;
using Words = std::vector<std::string>;

// What is done on the reactor's thread is waited for.
class AlarmsTest : public testing::Test {
protected:
    AlarmsTest() {
        settings_.sinks.resize(2);
        settings_.sinks[0].name = "first";
        settings_.sinks[1].name = "second";
        start();
    }

    std::vector<SinkPlace> places() {
        std::vector<SinkPlace> both;
        for (const auto& sink : settings_.sinks) {
            SinkPlace& place = both.emplace_back();
            place.settings = sink;
            place.sink =
                std::make_unique<test::ScriptedSink>(sink.name == "first" ? first_ : second_);
        }
        return both;
    }

    void start() {
        alarms_ = std::make_unique<Alarms>(Alarms::Parts{io_[0], clock_, ids_, log_,
                                                         [this](const std::function<void()>& task) {
                                                             ++writes_;
                                                             task();
                                                             return true;
                                                         },
                                                         file_, "gateway-a"},
                                           settings_, places());
    }

    // Looks, and lets both sinks answer until they are given no more.
    void look(const Observation& now, std::chrono::milliseconds later = 1s) {
        only_look(now, later);
        on_reactor([this] {
            while (first_->waiting || second_->waiting) {
                answer(*first_);
                answer(*second_);
            }
        });
    }

    void only_look(const Observation& now, std::chrono::milliseconds later = 1s) {
        on_reactor([&] {
            clock_.advance(later);
            alarms_->look(now);
        });
    }

    // And what it posted.
    void on_reactor(const Task& task) {
        io_[0].settle(task);
        io_[0].settle([] {});
    }

    ScratchFolder folder_;
    std::string file_ = folder_.file("painbridge.db.alarms");
    test::AlarmClock clock_;
    test::NumberedIds ids_;
    Log log_{clock_, LogLevel::error, folder_.file("log")};
    IoThreads io_{1};
    AlarmSettings settings_;
    int writes_ = 0;
    std::shared_ptr<test::ScriptedSink::Script> first_ =
        std::make_shared<test::ScriptedSink::Script>();
    std::shared_ptr<test::ScriptedSink::Script> second_ =
        std::make_shared<test::ScriptedSink::Script>();
    std::unique_ptr<Alarms> alarms_;
};

TEST_F(AlarmsTest, TellsTheFirstSinkAlone) {
    look(seen({breaker_of("clinic")}));
    look(seen({}));
    look(seen({}), 2min);
    EXPECT_EQ(first_->given, (Words{"open breaker:clinic", "close breaker:clinic"}));
    EXPECT_TRUE(second_->given.empty());
    EXPECT_TRUE(alarms_->reading().open.empty());
    EXPECT_EQ(alarms_->reading().sinks.at(0).sent, 2U);
}

TEST_F(AlarmsTest, TellsTheUrgentFirst) {
    look(seen({breaker_of("a"), breaker_of("b"), quarantine_of("c", 3)}));
    EXPECT_EQ(first_->given, (Words{"open quarantine:c", "open breaker:a", "open breaker:b"}));
}

TEST_F(AlarmsTest, GivesOneNoticeAtATime) {
    only_look(seen({breaker_of("a"), breaker_of("b")}));
    only_look(seen({breaker_of("a"), breaker_of("b")}));
    EXPECT_EQ(first_->given, Words{"open breaker:a"});
    on_reactor([this] { answer(*first_); });
    EXPECT_EQ(first_->given.size(), 2U);
}

TEST_F(AlarmsTest, RaisesTheSecondSinkWhenTheFirstIsDeadAndSaysSo) {
    first_->fails = true;
    for (int i = 0; i < 20; ++i) {
        look(seen({quarantine_of("clinic", 1)}), 1s);
    }
    EXPECT_EQ(first_->given, (Words{"open quarantine:clinic", "open quarantine:clinic",
                                    "open quarantine:clinic"}));
    EXPECT_EQ(second_->given, (Words{"open quarantine:clinic", "open sink:first"}));
    EXPECT_TRUE(alarms_->reading().sinks.at(0).is_dead);
    EXPECT_EQ(alarms_->reading().sinks.at(0).failed, 3U);
}

TEST_F(AlarmsTest, TriesADeadSinkAgainAndReturnsToIt) {
    first_->fails = true;
    for (int i = 0; i < 20; ++i) {
        look(seen({breaker_of("clinic")}), 1s);
    }
    first_->given.clear();
    look(seen({breaker_of("clinic")}), 1min);
    EXPECT_EQ(first_->given, Words{"probe sink:first"});
    first_->fails = false;
    look(seen({breaker_of("clinic")}), 1min);
    EXPECT_FALSE(alarms_->reading().sinks.at(0).is_dead);
    look(seen({breaker_of("clinic")}), 1s);
    look(seen({breaker_of("clinic")}), 2min);
    EXPECT_EQ(first_->given, (Words{"probe sink:first", "probe sink:first", "close sink:first"}));
    EXPECT_EQ(second_->given, (Words{"open breaker:clinic", "open sink:first"}));
}

TEST_F(AlarmsTest, LosesNothingWhileNoSinkAnswers) {
    first_->fails = true;
    second_->fails = true;
    for (int i = 0; i < 60; ++i) {
        look(seen({quarantine_of("clinic", 1)}), 1s);
    }
    EXPECT_TRUE(alarms_->reading().sinks.at(1).is_dead);
    first_->fails = false;
    first_->given.clear();
    look(seen({quarantine_of("clinic", 1)}), 1min);
    ASSERT_FALSE(first_->given.empty());
    EXPECT_EQ(first_->given.at(0), "open quarantine:clinic");
}

TEST_F(AlarmsTest, GoesOnWithoutASinkThatNeverAnswers) {
    for (int i = 0; i < 90 && second_->given.empty(); ++i) {
        only_look(seen({quarantine_of("clinic", 1)}), 1s);
    }
    EXPECT_EQ(second_->given, Words{"open quarantine:clinic"});
}

TEST_F(AlarmsTest, GivesASinkOnlyWhatItTakes) {
    settings_.sinks[0].urgency = {Urgency::urgent};
    alarms_->reload(settings_, places());
    on_reactor([] {});
    look(seen({breaker_of("clinic"), quarantine_of("clinic", 1)}));
    EXPECT_EQ(first_->given, Words{"open quarantine:clinic"});
    EXPECT_EQ(second_->given, Words{"open breaker:clinic"});
}

TEST_F(AlarmsTest, TellsOncePerIncidentOverARestart) {
    look(seen({breaker_of("a"), quarantine_of("b", 1)}));
    alarms_.reset();
    start();
    look(seen({quarantine_of("b", 1)}));
    look(seen({quarantine_of("b", 1)}), 2min);
    EXPECT_EQ(first_->given, (Words{"open quarantine:b", "open breaker:a", "close breaker:a"}));
}

// Killed between the event and its telling: what is still so is told by the next process.
TEST_F(AlarmsTest, TellsAfterACrashWhatNobodyWasTold) {
    only_look(seen({quarantine_of("clinic", 1)}));
    ASSERT_TRUE(first_->waiting);
    const std::string as_it_was = folder_.file("copy");
    std::filesystem::copy_file(file_, as_it_was);
    alarms_.reset();
    std::filesystem::copy_file(as_it_was, file_, std::filesystem::copy_options::overwrite_existing);
    first_->given.clear();
    start();
    look(seen({quarantine_of("clinic", 1)}));
    EXPECT_EQ(first_->given, Words{"open quarantine:clinic"});
    EXPECT_EQ(alarms_->reading().open.at(0).id, "incident-1");
}

TEST_F(AlarmsTest, WritesItsFileOnlyWhenSomethingWasTold) {
    look(seen({quarantine_of("clinic", 1)}));
    const int after_open = writes_;
    for (std::uint64_t count = 2; count < 20; ++count) {
        look(seen({quarantine_of("clinic", count)}));
    }
    EXPECT_EQ(writes_, after_open);

    struct stat status {};

    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(read_incidents(file_).at(0).key, "quarantine:clinic");
}

TEST_F(AlarmsTest, BeginsAnewWithAFileThatIsNone) {
    std::ofstream(file_) << "no JSON";
    start();
    look(seen({breaker_of("clinic")}));
    EXPECT_EQ(first_->given, Words{"open breaker:clinic"});
}

TEST_F(AlarmsTest, KeepsWhatIsKnownOfASinkThatAReloadDoesNotChange) {
    first_->fails = true;
    for (int i = 0; i < 20; ++i) {
        look(seen({breaker_of("clinic")}), 1s);
    }
    alarms_->reload(settings_, places());
    on_reactor([] {});
    EXPECT_TRUE(alarms_->reading().sinks.at(0).is_dead);
}

TEST_F(AlarmsTest, GivesWhatIsUnderWayToTheSinkThatAReloadPutsInItsPlace) {
    only_look(seen({breaker_of("clinic")}));
    const auto late = std::exchange(first_->waiting, nullptr);
    settings_.sinks[0].url = "https://elsewhere.example/";
    alarms_->reload(settings_, places());
    look(seen({breaker_of("clinic")}));
    EXPECT_EQ(first_->given, (Words{"open breaker:clinic", "open breaker:clinic"}));
    on_reactor([&] { late("nobody waits for it"); });
    EXPECT_EQ(alarms_->reading().sinks.at(0).failed, 0U);
    EXPECT_EQ(alarms_->reading().sinks.at(0).sent, 1U);
}

TEST_F(AlarmsTest, HasNobodyToTellWithoutSinks) {
    settings_.sinks.clear();
    start();
    look(seen({breaker_of("clinic")}));
    EXPECT_EQ(alarms_->reading().open.size(), 1U);
    look(seen({}));
    look(seen({}), 2min);
    EXPECT_TRUE(alarms_->reading().open.empty());
}

}  // namespace
}  // namespace gateway
