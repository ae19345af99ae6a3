// Gateways on one store: who of them tells what they all see.
#include "gateway/flow/alarm/common_duty.h"

#include <gmock/gmock.h>

#include <utility>

#include "gateway/flow/alarm/alarms.h"
#include "tests/flow/alarm/alarm_fixture.h"
#include "tests/flow/store/store_fixture.h"
#include "tests/support/scratch_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using test::breaker_of;
using test::quarantine_of;
using test::seen;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

// The alarms of one of them, with a sink of its own.
struct Member {
    std::shared_ptr<test::ScriptedSink::Script> sink =
        std::make_shared<test::ScriptedSink::Script>();
    std::unique_ptr<Alarms> alarms;
};

// What is done on the reactor's thread is waited for, and so are the commits.
class CommonDutyTest : public test::StoreTest {
protected:
    CommonDutyTest() {
        settings_.sinks.resize(1);
        settings_.sinks[0].name = "desk";
        settings_.quiet = 5s;  // shorter than the duty lasts
        settings_.retry = 1s;
        start(first_, "first");
        start(second_, "second");
    }

    ~CommonDutyTest() override {
        first_.alarms.reset();
        second_.alarms.reset();
        io_.stop();
    }

    void start(Member& member, const std::string& name) {
        const auto on_worker = [](const std::function<void()>& task) {
            task();
            return true;
        };
        std::vector<SinkPlace> places(1);
        places[0].settings = settings_.sinks[0];
        places[0].sink = std::make_unique<test::ScriptedSink>(member.sink);
        member.alarms = std::make_unique<Alarms>(
            Alarms::Parts{io_[0], clock_, ids_, log_, on_worker, folder_.file(name), name,
                          std::make_shared<CommonDuty>(
                              CommonDuty::Parts{io_[0], store(), clock_, log_, on_worker, name})},
            settings_, std::move(places));
    }

    // The sinks answer.
    void look(Member& member, const Observation& now, std::chrono::milliseconds later = 500ms) {
        on_reactor([&] {
            clock_.advance(later);
            member.alarms->look(now);
            while (member.sink->waiting) {
                answer(*member.sink);
            }
        });
        test::commit(store(), AddAudit{test::audit_of("m")});  // what it submitted is behind us
        on_reactor([] {});
    }

    void look_both(const Observation& now, int times = 1) {
        for (int i = 0; i < times; ++i) {
            look(first_, now);
            look(second_, now);
        }
    }

    // And what it posted.
    void on_reactor(const Task& task) {
        io_[0].settle(task);
        io_[0].settle([] {});
    }

    ScratchFolder folder_;
    test::AlarmClock clock_;
    test::NumberedIds ids_;
    Log log_{clock_, LogLevel::error};
    AlarmSettings settings_;
    IoThreads io_{1};
    Member first_;
    Member second_;
};

TEST_P(CommonDutyTest, ToldOnceWhatAllOfThemSeeAndByEachWhatItSeesItself) {
    look_both(seen({quarantine_of("clinic", 1), breaker_of("clinic")}), 6);
    EXPECT_THAT(first_.sink->given,
                testing::UnorderedElementsAre("open quarantine:clinic", "open breaker:clinic"));
    EXPECT_THAT(second_.sink->given, ElementsAre("open breaker:clinic"));
}

TEST_P(CommonDutyTest, ClosesOnceToo) {
    look_both(seen({quarantine_of("clinic", 1)}), 6);
    look_both(seen({}), 10);
    EXPECT_THAT(first_.sink->given,
                ElementsAre("open quarantine:clinic", "close quarantine:clinic"));
    EXPECT_THAT(second_.sink->given, IsEmpty());
}

TEST_P(CommonDutyTest, GoesOnWhereADeadGatewayWas) {
    look_both(seen({quarantine_of("clinic", 1)}), 6);
    ASSERT_THAT(first_.sink->given, ElementsAre("open quarantine:clinic"));
    // The first says nothing any more.
    for (int i = 0; i < 30; ++i) {
        look(second_, seen({quarantine_of("clinic", 1)}));
    }
    EXPECT_THAT(second_.sink->given, IsEmpty()) << "it is open, and was told";
    look(second_, seen({}));
    clock_.advance(settings_.quiet);
    look(second_, seen({}));
    EXPECT_THAT(second_.sink->given, ElementsAre("close quarantine:clinic"));
    // It was not dead after all.
    look_both(seen({}), 6);
    EXPECT_THAT(first_.sink->given, ElementsAre("open quarantine:clinic"));
}

TEST_P(CommonDutyTest, TellsWhatADeadGatewayCouldTellNobody) {
    look(first_, seen({}));
    look(first_, seen({}));
    on_reactor([&] { first_.alarms->look(seen({quarantine_of("clinic", 1)})); });
    for (int i = 0; i < 30; ++i) {
        look(second_, seen({quarantine_of("clinic", 1)}));
    }
    EXPECT_THAT(second_.sink->given, ElementsAre("open quarantine:clinic"));
}

TEST_P(CommonDutyTest, PassesOnAtOnceWhenAGatewayStops) {
    look_both(seen({quarantine_of("clinic", 1)}), 6);
    first_.alarms->stop();
    for (int i = 0; i < 6; ++i) {
        look(second_, seen({}));
    }
    clock_.advance(settings_.quiet);
    look(second_, seen({}));
    look(second_, seen({}));
    EXPECT_THAT(second_.sink->given, ElementsAre("close quarantine:clinic"));
}

TEST_P(CommonDutyTest, IsLeftToWhoCanTellSomebody) {
    first_.sink->fails = true;
    look_both(seen({quarantine_of("clinic", 1)}), 4);
    for (int i = 0; i < 40; ++i) {
        clock_.advance(settings_.retry);
        look_both(seen({quarantine_of("clinic", 1)}));
    }
    EXPECT_THAT(second_.sink->given, ElementsAre("open quarantine:clinic"));
}

GATEWAY_ON_EVERY_BACKEND(CommonDutyTest);

}  // namespace
}  // namespace gateway
