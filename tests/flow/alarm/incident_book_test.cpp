#include "gateway/flow/alarm/incident_book.h"

#include <gtest/gtest.h>

#include "tests/flow/alarm/alarm_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using test::breaker_of;
using test::quarantine_of;
using test::seen;

class IncidentBookTest : public testing::Test {
protected:
    // What is due, as "event key"; each is told at once.
    std::vector<std::string> told(const Observation& now, std::chrono::milliseconds later = 1s) {
        clock_.advance(later);
        book_.observe(now, clock_.moment());
        std::vector<std::string> words;
        for (const DueNotice& due : book_.due(clock_.moment())) {
            words.push_back(std::string(to_string(due.event)) + " " + due.incident.key);
            book_.told(due, clock_.now());
        }
        return words;
    }

    using Words = std::vector<std::string>;

    test::AlarmClock clock_;
    test::NumberedIds ids_;
    IncidentBook book_{{2min, 10min, 24h}, ids_};
};

TEST_F(IncidentBookTest, OpensOnceAndClosesOnceItWasQuiet) {
    EXPECT_EQ(told(seen({breaker_of("clinic")})), Words{"open breaker:clinic"});
    EXPECT_EQ(told(seen({breaker_of("clinic")})), Words{});
    EXPECT_EQ(told(seen({})), Words{});
    EXPECT_EQ(told(seen({}), 119s), Words{});
    EXPECT_EQ(told(seen({}), 1s), Words{"close breaker:clinic"});
    EXPECT_TRUE(book_.incidents().empty());
    EXPECT_EQ(told(seen({}), 1h), Words{});
}

TEST_F(IncidentBookTest, TakesWhatFlapsForOneIncident) {
    EXPECT_EQ(told(seen({breaker_of("clinic")})), Words{"open breaker:clinic"});
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(told(seen({}), 60s), Words{});
        EXPECT_EQ(told(seen({breaker_of("clinic")}), 30s), Words{});
    }
    EXPECT_EQ(told(seen({}), 1s), Words{});
    EXPECT_EQ(told(seen({}), 120s), Words{"close breaker:clinic"});
}

TEST_F(IncidentBookTest, KeepsIncidentsOfSeveralDestinationsApart) {
    EXPECT_EQ(told(seen({breaker_of("a"), breaker_of("b")})),
              (Words{"open breaker:a", "open breaker:b"}));
    told(seen({breaker_of("b")}));
    EXPECT_EQ(told(seen({breaker_of("b")}), 2min), Words{"close breaker:a"});
}

// 1,000 that fall at once are one incident; what falls under it later is told, but not each.
TEST_F(IncidentBookTest, TellsOfGrowthOnceInAWhile) {
    EXPECT_EQ(told(seen({quarantine_of("clinic", 1000)})), Words{"open quarantine:clinic"});
    EXPECT_EQ(book_.incidents().at(0).told_count, 1000U);
    EXPECT_EQ(told(seen({quarantine_of("clinic", 1001)})), Words{});
    EXPECT_EQ(told(seen({quarantine_of("clinic", 1200)}), 10min), Words{"more quarantine:clinic"});
    EXPECT_EQ(told(seen({quarantine_of("clinic", 900)}), 10min), Words{});
}

TEST_F(IncidentBookTest, RemindsOfWhatStaysOpen) {
    told(seen({breaker_of("clinic")}));
    EXPECT_EQ(told(seen({breaker_of("clinic")}), 23h), Words{});
    EXPECT_EQ(told(seen({breaker_of("clinic")}), 1h), Words{"reminder breaker:clinic"});
    EXPECT_EQ(told(seen({breaker_of("clinic")}), 1h), Words{});
    book_.change({2min, 10min, 0ms});
    EXPECT_EQ(told(seen({breaker_of("clinic")}), 72h), Words{});
}

TEST_F(IncidentBookTest, SaysNothingOfWhatCannotBeSeenNow) {
    told(seen({quarantine_of("clinic", 1)}));
    const Observation blind{{}, {AlarmClass::quarantine}};
    EXPECT_EQ(told(blind, 10min), Words{});
    EXPECT_EQ(told(blind, 10min), Words{});
    EXPECT_EQ(book_.incidents().size(), 1U);
    EXPECT_EQ(told(seen({}), 1s), Words{});
    EXPECT_EQ(told(seen({}), 2min), Words{"close quarantine:clinic"});
}

TEST_F(IncidentBookTest, TellsTheOpeningEvenWhenItIsOverMeanwhile) {
    book_.observe(seen({breaker_of("clinic")}), clock_.moment());
    clock_.advance(1h);
    book_.observe(seen({}), clock_.moment());
    EXPECT_EQ(told(seen({}), 1h), Words{"open breaker:clinic"});
    EXPECT_EQ(told(seen({})), Words{"close breaker:clinic"});
}

TEST_F(IncidentBookTest, GoesOnWithWhatAFormerProcessTold) {
    told(seen({breaker_of("a"), breaker_of("b"), quarantine_of("c", 2)}));
    const std::vector<Incident> kept = book_.incidents();
    clock_.advance(1h);
    book_.observe(seen({}), clock_.moment());
    book_.drop_over({clock_.now(), clock_.steady() + 1h});
    ASSERT_TRUE(book_.incidents().empty());
    book_.restore(kept);
    EXPECT_EQ(told(seen({breaker_of("a"), quarantine_of("c", 2)})), Words{});
    EXPECT_EQ(told(seen({breaker_of("a"), quarantine_of("c", 2)}), 2min), Words{"close breaker:b"});
}

TEST_F(IncidentBookTest, IsNotSilencedByAClockThatWasSetBack) {
    told(seen({quarantine_of("clinic", 1)}));
    std::vector<Incident> told_later = book_.incidents();
    told_later[0].told = clock_.now() + 100h;
    book_.restore(told_later);
    EXPECT_EQ(told(seen({quarantine_of("clinic", 2)})), Words{"more quarantine:clinic"});
}

}  // namespace
}  // namespace gateway
