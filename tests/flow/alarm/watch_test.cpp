#include "gateway/flow/alarm/watch.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr Instant now{std::chrono::hours(500'000)};

std::vector<std::string> keys_of(const Observation& observation) {
    std::vector<std::string> keys;
    for (const Condition& condition : observation.conditions) {
        keys.push_back(condition.key);
    }
    return keys;
}

using Keys = std::vector<std::string>;

constexpr SteadyTime counted{1h};

TEST(QueueConditions, AreOneForEachDestinationWhateverTheCount) {
    Observation to;
    add_queue_conditions(to,
                         {{{"clinic", DeliveryState::quarantined, 1000, now - 1min},
                           {"clinic", DeliveryState::pending, 5, now - 1min},
                           {"gp", DeliveryState::quarantined, 1, now - 1min}},
                          {},
                          counted},
                         {now, counted}, 15min);
    EXPECT_EQ(keys_of(to), (Keys{"quarantine:clinic", "quarantine:gp"}));
    EXPECT_EQ(to.conditions.at(0).count, 1000U);
    EXPECT_EQ(to.conditions.at(0).text,
              "1000 deliveries are in quarantine for clinic: given up, until a person acts");
}

TEST(QueueConditions, CountTheAgeOfWhatWaitsAndNotOfWhatAPersonHolds) {
    Observation to;
    add_queue_conditions(to,
                         {{{"clinic", DeliveryState::pending, 1, now - 14min},
                           {"clinic", DeliveryState::leased, 1, now - 16min},
                           {"gp", DeliveryState::held, 1, now - 100h},
                           {"other", DeliveryState::pending, 1, now - 15min}},
                          {},
                          counted},
                         {now, counted}, 15min);
    EXPECT_EQ(keys_of(to), Keys{"queue_age:clinic"});
}

TEST(QueueConditions, TellOfACountThatIsOldAndNotOfAClockThatWasSet) {
    Observation to;
    add_queue_conditions(to, {{}, {}, counted}, {now + 24h, counted + 5min}, 15min);
    EXPECT_EQ(keys_of(to), Keys{});
    add_queue_conditions(to, {{}, {}, counted}, {now, counted + 6min}, 15min);
    EXPECT_EQ(keys_of(to), Keys{"store_unread"});
    EXPECT_EQ(to.conditions.at(0).text, "what waits in the store could not be counted for 6 min");
}

TEST(QueueConditions, TellOfMessagesThatHaveNoDelivery) {
    Observation to;
    add_queue_conditions(to, {{}, {{"gp", 2}}, counted}, {now, counted}, 15min);
    EXPECT_EQ(keys_of(to), Keys{"quarantine_from:gp"});
    EXPECT_EQ(to.conditions.at(0).count, 2U);
}

class StandingClock final : public Clock {
public:
    Instant now() const override { return gateway::now; }

    SteadyTime steady() const override { return steady_; }

    SteadyTime steady_{1h};
};

TEST(SeenCertificates, ForgetWhatWasNotShownForADay) {
    StandingClock clock;
    SeenCertificates seen(clock);
    seen.saw({"gp", "old", now + 24h});
    clock.steady_ += 20h;
    seen.saw({"gp", "new", now + 24h * 365});
    EXPECT_EQ(seen.of_today().size(), 2U);
    clock.steady_ += 5h;
    const auto left = seen.of_today();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].spki_sha256, "new");
    EXPECT_EQ(left[0].not_after, now + 24h * 365);
}

TEST(ConcernWatch, ShowsReusedControlIdsForAnHour) {
    ConcernWatch watch;
    const Concern reused{ConcernKind::control_id_reused, "gp", "message-1", "reused"};
    watch.note(reused, SteadyTime(1h));
    watch.note({ConcernKind::quarantined, "gp", "message-2", "seen in the store"}, SteadyTime(1h));
    watch.note(reused, SteadyTime(2h));
    Observation shown;
    watch.add_conditions(shown, SteadyTime(3h));
    EXPECT_EQ(keys_of(shown), Keys{"control_id_reused:gp"});
    EXPECT_EQ(shown.conditions.at(0).count, 2U);
    Observation over;
    watch.add_conditions(over, SteadyTime(3h + 1s));
    EXPECT_TRUE(over.conditions.empty());
}

TEST(AuditConditions, TellOfAnAuditThatIsNotSoundAndOfACheckpointThatFailed) {
    Observation well;
    add_audit_conditions(well, CheckpointResult::written);
    add_audit_conditions(well, CheckpointResult::nothing_new);
    EXPECT_TRUE(well.conditions.empty());
    Observation changed;
    add_audit_conditions(changed, CheckpointResult::not_sound);
    EXPECT_EQ(keys_of(changed), Keys{"audit_not_sound"});
    Observation failed;
    add_audit_conditions(failed, CheckpointResult::failed);
    EXPECT_EQ(keys_of(failed), Keys{"checkpoint_failed"});
}

TEST(DiskConditions, StayLowWhileItIsFull) {
    Observation enough;
    add_disk_conditions(enough, DiskLevel::enough, {1, 9});
    EXPECT_TRUE(enough.conditions.empty());
    Observation low;
    add_disk_conditions(low, DiskLevel::low, {85, 15});
    EXPECT_EQ(keys_of(low), Keys{"disk_low"});
    Observation full;
    add_disk_conditions(full, DiskLevel::full, {95, 5});
    EXPECT_EQ(keys_of(full), (Keys{"disk_low", "disk_full"}));
}

TEST(CertificateConditions, BeginThirtyDaysBeforeItsEnd) {
    Observation to;
    add_certificate_condition(to, "far", now + 24h * 31, now, 24h * 30);
    EXPECT_TRUE(to.conditions.empty());
    add_certificate_condition(to, "near", now + 24h * 29, now, 24h * 30);
    add_certificate_condition(to, "over", now - 1s, now, 24h * 30);
    EXPECT_EQ(keys_of(to), (Keys{"certificate:near", "certificate_ended:over"}));
}

TEST(StepWatch, SeesAStepAndForgetsItAfterAnHour) {
    StepWatch watch;
    Moment moment{now, SteadyTime(1h)};
    const auto later = [&](std::chrono::milliseconds steady, std::chrono::milliseconds wall) {
        moment.steady += steady;
        moment.wall += wall;
        return watch.look(moment, 5s);
    };
    EXPECT_FALSE(later(1s, 1s));
    EXPECT_FALSE(later(1s, 4s));  // below the limit
    EXPECT_FALSE(later(10min, 10min));
    const auto back = later(1s, -10min);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->text.substr(0, 49), "the clock of this machine was set back by 601.0 s");
    EXPECT_TRUE(later(59min, 59min));
    EXPECT_EQ(later(1s, 20s)->count, 2U);
    EXPECT_TRUE(later(1h, 1h));
    EXPECT_FALSE(later(1s, 1s));
}

}  // namespace
}  // namespace gateway
