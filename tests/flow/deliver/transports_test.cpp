// What a peer's answer means for a message in HL7 v2, over HTTP and over several MLLP connections.
#include <gmock/gmock.h>

#include <future>
#include <map>
#include <mutex>

#include "gateway/flow/deliver/https_transport.h"
#include "gateway/flow/deliver/lane.h"
#include "gateway/flow/deliver/mllp_transport.h"
#include "gateway/net/http_server.h"
#include "gateway/net/mllp_server.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {
namespace {

using namespace std::chrono_literals;

std::string message_of(const std::string& control_id) {
    return "MSH|^~\\&|A|B|C|D|2026||REF^I12|" + control_id + "|P|2.4\rPID|1||P-1\r";
}

std::string acknowledgement(const std::string& code, const std::string& control_id) {
    return "MSH|^~\\&|C|D|A|B|2026||ACK|X|P|2.4\rMSA|" + code + "|" + control_id + "\r";
}

struct Judged {
    const char* name;
    int status = 200;
    std::string body;
    AttemptResult wanted = AttemptResult::delivered;
    std::string content_type = "x-application/hl7-v2+er7";
};

class AnswerOverHttp : public testing::TestWithParam<Judged> {};

TEST_P(AnswerOverHttp, IsJudgedByItsAcknowledgementToo) {
    IoThreads io(1);
    HttpServerSettings settings;
    settings.address = {"127.0.0.1", 0};
    HttpServer server(
        io.reactors(), std::move(settings), [](const HttpRequest&, const HttpReply& reply) {
            reply.send(
                {.status = GetParam().status, .body = make_body(std::string(GetParam().body))});
        });
    HttpsTransport transport(io[0], {.address = {"127.0.0.1", server.port()}, .tls = nullptr}, "",
                             5s, std::make_shared<const NameTable>());
    Delivery delivery = delivery_named("d1", "m1");
    delivery.bytes = std::make_shared<const std::string>(message_of("C-1"));
    delivery.content_type = GetParam().content_type;
    std::promise<Attempt> attempt;
    transport.send(delivery, [&](const Attempt& got) { attempt.set_value(got); });
    const Attempt got = attempt.get_future().get();
    EXPECT_EQ(got.result, GetParam().wanted) << got.outcome;
    EXPECT_THAT(got.outcome, testing::HasSubstr("HTTP " + std::to_string(GetParam().status)));
    server.stop(1s);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, AnswerOverHttp,
    testing::Values(
        Judged{"AcceptIn200", 200, acknowledgement("AA", "C-1")},
        Judged{"CommitIn200", 200, acknowledgement("CA", "C-1")},
        Judged{"ErrorIn200", 200, acknowledgement("AE", "C-1"), AttemptResult::failed},
        Judged{"RejectIn200", 200, acknowledgement("AR", "C-1"), AttemptResult::refused},
        Judged{"CommitRejectIn200", 200, acknowledgement("CR", "C-1"), AttemptResult::refused},
        Judged{"AcceptOfAnotherIn200", 200, acknowledgement("AA", "C-2"), AttemptResult::try_again},
        Judged{"RejectOfAnotherIn200", 200, acknowledgement("AR", ""), AttemptResult::try_again},
        Judged{"RejectIn400", 400, acknowledgement("AR", "C-1"), AttemptResult::refused},
        Judged{"ErrorIn500", 500, acknowledgement("AE", "C-1"), AttemptResult::failed},
        Judged{"ErrorIn503", 503, acknowledgement("AE", "C-1"), AttemptResult::try_again},
        Judged{"NoMsaIn200", 200, "MSH|^~\\&|C|D|A|B|2026||ACK|X|P|2.4\r", AttemptResult::failed},
        Judged{"NothingIn200", 200, ""},
        Judged{"AnotherFormatIn200", 200, acknowledgement("AR", "C-1"), AttemptResult::delivered,
               "application/fhir+json"}),
    [](const auto& tested) { return std::string(tested.param.name); });

// A destination that answers the messages it has after a while, the last first.
class ReversingPeer {
public:
    explicit ReversingPeer(Reactor& reactor, std::size_t at_once)
        : reactor_(reactor), at_once_(at_once) {
        MllpServerSettings settings;
        settings.address = {"127.0.0.1", 0};
        server_ = std::make_unique<MllpServer>(
            std::vector<Reactor*>{&reactor}, settings,
            [this](const MllpMessage& message, const MllpReply& reply) {
                take(*message.bytes, reply);
            });
    }

    std::uint16_t port() const { return server_->port(); }

    std::vector<std::string> taken() const {
        const std::lock_guard lock(mutex_);
        return taken_;
    }

    std::size_t connections_max() const {
        const std::lock_guard lock(mutex_);
        return connections_max_;
    }

    void stop() { server_->stop(1s); }

private:
    void take(const std::string& bytes, const MllpReply& reply) {
        const std::string id = bytes.substr(bytes.find("I12|") + 4, 5);
        {
            const std::lock_guard lock(mutex_);
            taken_.push_back(id);
            connections_max_ = std::max(connections_max_, server_->connections());
        }
        waiting_.emplace_back(id, reply);
        if (waiting_.size() == at_once_) {
            answer();
        } else {
            reactor_.after(20ms, [this] { answer(); });
        }
    }

    void answer() {
        for (auto one = waiting_.rbegin(); one != waiting_.rend(); ++one) {
            one->second.send(acknowledgement("AA", one->first));
        }
        waiting_.clear();
    }

    Reactor& reactor_;
    std::size_t at_once_;
    std::vector<std::pair<std::string, MllpReply>> waiting_;  // the reactor's thread only
    mutable std::mutex mutex_;                                // guards the next two
    std::vector<std::string> taken_;
    std::size_t connections_max_ = 0;
    std::unique_ptr<MllpServer> server_;
};

TEST(SeveralMllpConnections, KeepTheOrderOfEachOrderKey) {
    constexpr std::size_t connections = 4;
    constexpr int keys = 5;
    constexpr int each = 8;
    const TemporaryFolder folder;
    SystemClock clock;
    Log log(clock, LogLevel::error);
    IoThreads io(2);
    ReversingPeer peer(io[1], connections);
    const auto store = backends().front().open(folder.path());
    for (int i = 0; i < each; ++i) {
        for (int key = 0; key < keys; ++key) {
            const std::string id = std::to_string(key) + "-" + std::to_string(100 + i);
            UnitOfWork unit;
            Message message = message_named("m" + id);
            message.state = MessageState::queued;
            unit.add(AddMessage{message});
            Delivery delivery = delivery_named(id, message.id, "key" + std::to_string(key));
            delivery.kind = DeliveryKind::mllp;
            delivery.destination = "ward";
            delivery.bytes = std::make_shared<const std::string>(message_of(id));
            delivery.created = clock.now();
            delivery.next_attempt = delivery.created;
            unit.add(AddDelivery{delivery});
            commit(*store, std::move(unit));
        }
    }
    LaneSettings settings;
    settings.destination = "ward";
    settings.in_flight_max = connections;
    DeliveryLane lane(
        LaneParts{io[0], *store, clock, log, std::make_shared<const NameTable>()}, settings,
        std::make_unique<MllpTransport>(
            io[0], ClientEndpoint{.address = {"127.0.0.1", peer.port()}, .tls = nullptr}, 5s,
            connections));
    lane.wake();
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (store->deliveries_in(DeliveryState::delivered, "ward", 0, 100).size() <
               static_cast<std::size_t>(keys * each) &&
           std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    std::map<char, std::vector<std::string>> by_key;
    for (const std::string& id : peer.taken()) {
        by_key[id.front()].push_back(id);
    }
    EXPECT_EQ(by_key.size(), static_cast<std::size_t>(keys));
    for (const auto& [key, ids] : by_key) {
        EXPECT_EQ(ids.size(), static_cast<std::size_t>(each)) << key;
        EXPECT_TRUE(std::ranges::is_sorted(ids)) << testing::PrintToString(ids);
    }
    EXPECT_GT(peer.connections_max(), 1U);
    lane.stop();
    peer.stop();
}

}  // namespace
}  // namespace gateway::test
