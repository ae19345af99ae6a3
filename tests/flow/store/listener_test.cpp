// What one gateway puts into a shared store, another hears at once.
#include "gateway/flow/store/postgres/listener.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/flow/store/postgres/postgres_store.h"
#include "tests/flow/store/store_fixture.h"
#include "tests/support/postgres_server.h"

namespace gateway::test {

namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

using namespace std::chrono_literals;

constexpr auto patience = 60s;

// Everything that was said, in order.
class Ear {
public:
    void listen_to(Store& store) {
        store.hear([this](const std::string& destination) {
            const std::lock_guard lock(mutex_);
            heard_.push_back(destination);
            said_.notify_all();
        });
        await("");  // it listens
    }

    // Whether that is heard, once more.
    bool await(const std::string& destination) {
        std::unique_lock lock(mutex_);
        return said_.wait_for(lock, patience, [&] {
            const auto at = std::ranges::find(heard_, destination);
            if (at == heard_.end()) {
                return false;
            }
            heard_.erase(at);
            return true;
        });
    }

    std::vector<std::string> rest() {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

private:
    std::mutex mutex_;
    std::condition_variable said_;
    std::vector<std::string> heard_;
};

class HeardElsewhere : public ::testing::Test {
protected:
    HeardElsewhere() : here_(open()), there_(open()) {
        commit(*here_, AddMessage{message_named("m1")});  // both have written: each knows the other
        commit(*there_, AddMessage{message_named("m2")});
        ear_.listen_to(*here_);
    }

    static PostgresServer& server() {
        static PostgresServer server;
        return server;
    }

    static std::string database() {
        return ::testing::UnitTest::GetInstance()->current_test_info()->name();
    }

    std::unique_ptr<Store> open() {
        PostgresOptions options;
        options.target = server().database(database());
        options.general.keys = keys_of("a");
        return open_postgres_store(options);
    }

    static Delivery delivery_to(const std::string& destination, const std::string& id) {
        Delivery delivery = delivery_named(id, "m1");
        delivery.destination = destination;
        return delivery;
    }

    Ear ear_;
    std::unique_ptr<Store> here_;
    std::unique_ptr<Store> there_;
};

}  // namespace

TEST_F(HeardElsewhere, IsADeliveryThatAnotherGatewayPutIntoTheOutbox) {
    commit(*there_, AddDelivery{delivery_to("clinic", "d1")});
    EXPECT_TRUE(ear_.await("clinic"));
    EXPECT_TRUE(here_->delivery("d1")) << "who hears of it can read it";
}

TEST_F(HeardElsewhere, IsWhatAPersonSetsFree) {
    commit(*there_, AddDelivery{delivery_to("clinic", "d1")});
    EXPECT_TRUE(ear_.await("clinic"));
    const auto shell = open();  // as `painbridge queue` opens it
    commit(*shell,
           MoveDelivery{"d1", DeliveryState::pending, DeliveryState::held, at_second(1), ""});
    commit(*shell,
           MoveDelivery{"d1", DeliveryState::held, DeliveryState::pending, at_second(1), ""});
    EXPECT_TRUE(ear_.await(""));
    commit(*shell,
           SetMessageState{"m1", MessageState::received, MessageState::quarantined, "", ""});
    commit(*shell,
           SetMessageState{"m1", MessageState::quarantined, MessageState::received, "", ""});
    EXPECT_TRUE(ear_.await(""));
}

TEST_F(HeardElsewhere, IsNothingOfItsOwnAndNothingThatWasRefused) {
    commit(*here_, AddDelivery{delivery_to("clinic", "d1")});
    UnitOfWork refused;
    refused.add(AddDelivery{delivery_to("community", "d2")});
    refused.add(SetMessageState{"m1", MessageState::sent, MessageState::queued, "", ""});
    refusal_of(*there_, std::move(refused));
    commit(*there_, AddDelivery{delivery_to("last", "d3")});
    EXPECT_TRUE(ear_.await("last"));
    EXPECT_THAT(ear_.rest(), IsEmpty());
}

TEST_F(HeardElsewhere, IsEverythingAgainAfterTheConnectionWasCut) {
    EXPECT_GT(server().cut_connections(database()), 0);
    EXPECT_TRUE(ear_.await("")) << "what was said meanwhile was said to nobody";
    const auto third = open();
    commit(*third, AddDelivery{delivery_to("clinic", "d1")});
    EXPECT_TRUE(ear_.await("clinic"));
}

TEST_F(HeardElsewhere, IsNothingAfterTheStoreWasStopped) {
    here_->stop();
    commit(*there_, AddDelivery{delivery_to("clinic", "d1")});
    EXPECT_THAT(ear_.rest(), Not(Contains("clinic")));
}

TEST(Announcement, OfTooManyDestinationsIsOfAll) {
    EXPECT_EQ(postgres::announcement("me", {"clinic", "community"}), "me|clinic,community");
    EXPECT_EQ(postgres::announcement("me", {}), "me|");
    EXPECT_EQ(postgres::announcement("me", std::vector<std::string>(2000, "clinic")), "me|");
}

}  // namespace gateway::test
