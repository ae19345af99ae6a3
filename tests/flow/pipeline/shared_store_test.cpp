// Two gateways on one PostgreSQL: whose turn it is, and who takes over from whom.
#include <gmock/gmock.h>

#include <thread>

#include "gateway/flow/pipeline/presence.h"
#include "gateway/flow/store/postgres/postgres_store.h"
#include "tests/flow/pipeline/pipeline_fixture.h"
#include "tests/support/postgres_server.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using test::msa_1;
using test::ReferralText;
using ::testing::ElementsAre;

constexpr auto patience = 60s;

// Pipeline, store and workers of one of them; its timers run when `run_timers` says so.
class Member {
public:
    Member(PostgresOptions options, const Clock& clock, std::string name)
        : clock_(clock), store_(open_postgres_store(options)), presence_(*store_, clock, name) {
        presence_.beat();
        pipeline_ = std::make_unique<Pipeline>(
            PipelineParts{*store_,
                          clock_,
                          ids_,
                          log_,
                          lanes_,
                          disk_,
                          [](const std::string&) {},
                          {},
                          [this](std::chrono::milliseconds after, std::function<void()> task) {
                              const std::lock_guard lock(mutex_);
                              timers_.emplace_back(after, std::move(task));
                          },
                          std::move(name)},
            test::make_snapshot());
    }

    ~Member() {
        go_on();
        lanes_.stop();
        store_->stop();
    }

    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    Member(Member&&) = delete;
    Member& operator=(Member&&) = delete;

    std::future<std::string> send(const ReferralText& referral) {
        const auto answer = std::make_shared<std::promise<std::string>>();
        pipeline_->accept_hl7v2(
            {.sender = {"gp", AuthenticatedBy::client_certificate, "0a"},
             .channel = "mllp",
             .bytes = std::make_shared<const std::string>(test::hl7v2(referral))},
            [answer](const ReplyOrFailure& reply) {
                answer->set_value(reply.reply ? *reply.reply->bytes : reply.failure->external());
            });
        return answer->get_future();
    }

    // Its worker does nothing else until `go_on`.
    void pause() {
        lanes_.post("busy",
                    [go_on = go_on_.get_future().share()](const LaneHold&) { go_on.wait(); });
    }

    void go_on() {
        if (!is_going_on_.exchange(true)) {
            go_on_.set_value();
        }
    }

    // What was to run after such a time, now.
    void run_timers(std::chrono::milliseconds up_to) {
        std::vector<std::function<void()>> due;
        {
            const std::lock_guard lock(mutex_);
            std::erase_if(timers_, [&](auto& timer) {
                if (timer.first > up_to) {
                    return false;
                }
                due.push_back(std::move(timer.second));
                return true;
            });
        }
        for (const auto& task : due) {
            task();
        }
    }

    Store& store() { return *store_; }

    Pipeline& pipeline() { return *pipeline_; }

    void beat() { presence_.beat(); }

    void leave() { presence_.leave(); }

private:
    const Clock& clock_;
    RandomIds ids_;
    Log log_{clock_, LogLevel::error};
    std::unique_ptr<Store> store_;
    Presence presence_;
    DiskRoom disk_{[] { return std::optional(DiskSpace{}); }, {}, [](auto...) {}};
    std::mutex mutex_;  // guards timers_
    std::vector<std::pair<std::chrono::milliseconds, std::function<void()>>> timers_;
    std::promise<void> go_on_;
    std::atomic<bool> is_going_on_ = false;
    Lanes lanes_{1, 100};
    std::unique_ptr<Pipeline> pipeline_;
};

class SharedStore : public testing::Test {
protected:
    SharedStore() : first_(member("first")), second_(member("second")) {}

    std::unique_ptr<Member> member(const std::string& name) {
        PostgresOptions options;
        options.target =
            server().database(testing::UnitTest::GetInstance()->current_test_info()->name());
        options.general.keys = test::keys_of("a");
        return std::make_unique<Member>(options, clock_, name);
    }

    static PostgresServer& server() {
        static PostgresServer server;
        return server;
    }

    // Short pauses end meanwhile, deadlines of messages do not come.
    bool comes_true(const std::function<bool()>& holds) {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > until) {
                return false;
            }
            for (Member* each : {first_.get(), second_.get()}) {
                if (each != nullptr) {
                    each->run_timers(1s);
                }
            }
            std::this_thread::sleep_for(2ms);
        }
        return true;
    }

    std::string answer(std::future<std::string>& reply) {
        const bool is_there =
            comes_true([&] { return reply.wait_for(0s) == std::future_status::ready; });
        return is_there ? msa_1(reply.get()) : "no answer";
    }

    std::size_t count(MessageState state) {
        return second_->store().messages_in(state, 0, 100).size();
    }

    // By the control ids of their messages, in the order in which they go out.
    std::vector<std::string> queue() {
        std::vector<std::string> ids;
        for (const Delivery& each :
             second_->store().deliveries_in(DeliveryState::pending, {}, 0, 100)) {
            ids.push_back(second_->store().message(each.message)->control_id);
        }
        return ids;
    }

    // Taken in by the first, and then left where it is.
    void acknowledge_in_first(const ReferralText& referral) {
        auto reply = first_->send(referral);
        ASSERT_EQ(msa_1(reply.get()), "CA");
    }

    test::SteppedClock clock_;
    std::unique_ptr<Member> first_;
    std::unique_ptr<Member> second_;
};

const ReferralText older{.control_id = "older", .number = "1", .accept_ack = "AL"};
const ReferralText younger{.control_id = "younger", .number = "2"};

TEST_F(SharedStore, LetsNoMessageOvertakeOneThatTheOtherGatewayHasAcknowledged) {
    first_->pause();
    acknowledge_in_first(older);
    auto reply = second_->send(younger);
    auto of_another = second_->send({.control_id = "another", .number = "3", .patient = "P-2"});
    EXPECT_EQ(msa_1(of_another.get()), "AA") << "another patient's waits for nobody";
    EXPECT_THAT(queue(), ElementsAre("another"));
    first_->go_on();
    EXPECT_EQ(answer(reply), "AA");
    EXPECT_THAT(queue(), ElementsAre("another", "older", "younger"));
}

// The deadline gives it a receipt; its turn is after that, as it was.
TEST_F(SharedStore, SaysAskAgainWhereTheTurnDoesNotComeInTime) {
    first_->pause();
    acknowledge_in_first(older);
    auto reply = second_->send(younger);
    second_->run_timers(10s);
    EXPECT_NE(answer(reply).find("ask again"), std::string::npos);
    EXPECT_EQ(count(MessageState::received), 2U);
    first_->go_on();
    EXPECT_TRUE(comes_true([&] { return count(MessageState::queued) == 2; }));
    EXPECT_THAT(queue(), ElementsAre("older", "younger"));
    auto again = second_->send(younger);
    EXPECT_EQ(answer(again), "AA");
}

TEST_F(SharedStore, GoesInTheOrderOfAcknowledgementsWhicheverGatewayGaveThem) {
    first_->pause();
    second_->pause();
    std::vector<std::string> wanted;
    for (int i = 0; i < 8; ++i) {
        const std::string id = std::to_string(i);
        Member& member = i % 3 == 0 ? *second_ : *first_;
        auto reply = member.send({.control_id = id, .number = id, .accept_ack = "AL"});
        ASSERT_EQ(msa_1(reply.get()), "CA");
        wanted.push_back(id);
    }
    second_->go_on();
    first_->go_on();
    EXPECT_TRUE(comes_true([&] { return count(MessageState::queued) == wanted.size(); }));
    EXPECT_EQ(queue(), wanted);
}

// One that came earlier on another connection and has no answer yet is behind it in this lane.
TEST_F(SharedStore, IsNotStoppedByWhoWaitsInFrontOfIt) {
    first_->pause();
    auto before = first_->send(younger);
    acknowledge_in_first(older);
    auto other = second_->send({.control_id = "third", .number = "3", .accept_ack = "AL"});
    EXPECT_EQ(msa_1(other.get()), "CA");
    first_->go_on();
    answer(before);
    EXPECT_TRUE(comes_true([&] { return count(MessageState::queued) == 3; }));
    const auto all = queue();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_LT(std::ranges::find(all, "older"), std::ranges::find(all, "third"));
}

TEST_F(SharedStore, TakesOverWhatADeadGatewayHadAcknowledgedAndFencesItOff) {
    first_->pause();
    acknowledge_in_first(older);
    second_->pipeline().take_up_left(0min);
    second_->beat();
    EXPECT_EQ(count(MessageState::received), 1U) << "its gateway is there";
    clock_.advance(Presence::lasts + 1s);
    second_->beat();
    auto reply = second_->send(younger);
    EXPECT_TRUE(comes_true([&] {
        second_->pipeline().take_up_left(0min);
        return count(MessageState::queued) == 2;
    }));
    EXPECT_EQ(answer(reply), "AA");
    first_->go_on();  // it was not dead after all
    first_->beat();
    auto later = first_->send({.control_id = "later", .number = "3"});
    EXPECT_EQ(answer(later), "AA");
    EXPECT_THAT(queue(), ElementsAre("older", "younger", "later"));
}

TEST_F(SharedStore, LeavesWhatItHasInHandToTheOthersWhenItStops) {
    first_->pause();
    acknowledge_in_first(older);
    first_->leave();
    EXPECT_TRUE(comes_true([&] {
        second_->pipeline().take_up_left(0min);
        return count(MessageState::queued) == 1;
    }));
    EXPECT_THAT(queue(), ElementsAre("older"));
}

TEST_F(SharedStore, TakesUpWhatAPersonSetFreeThoughItsGatewayIsThere) {
    auto reply = first_->send({.control_id = "bad", .birth_date = "soon", .accept_ack = "AL"});
    ASSERT_EQ(msa_1(reply.get()), "CA");
    ASSERT_TRUE(comes_true([&] { return count(MessageState::quarantined) == 1; }));
    const std::string id = second_->store().messages_in(MessageState::quarantined, 0, 1).front().id;
    test::commit(second_->store(),
                 SetMessageState{id, MessageState::quarantined, MessageState::received});
    EXPECT_TRUE(comes_true([&] {
        second_->pipeline().take_up_left(0min);
        return count(MessageState::quarantined) == 1;
    }));
    EXPECT_EQ(second_->store().message(id)->lease, 1U);
}

TEST_F(SharedStore, ResumesAtItsStartOnlyWhatIsInNobodysHands) {
    first_->pause();
    acknowledge_in_first(older);
    second_->pipeline().resume();
    EXPECT_TRUE(comes_true([&] { return !second_->pipeline().left().is_under_way; }));
    EXPECT_EQ(count(MessageState::received), 1U);
    first_->leave();
    EXPECT_TRUE(comes_true([&] { return !second_->store().duty(duty_of("first")); }));
    second_->pipeline().resume();
    EXPECT_TRUE(comes_true([&] { return count(MessageState::queued) == 1; }));
    EXPECT_THAT(queue(), ElementsAre("older"));
}

}  // namespace
}  // namespace gateway
