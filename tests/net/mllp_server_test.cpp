#include "gateway/net/mllp_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "gateway/base/failure.h"
#include "tests/net/held.h"
#include "tests/net/raw_peer.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

std::string framed(const std::string& text) {
    return "\x0B" + text + "\x1C\r";
}

class MllpServerTest : public ::testing::Test {
protected:
    void start(MllpServer::OnMessage on_message = {}, MllpServer::OnOpen on_open = {}) {
        settings.address = {"127.0.0.1", 0};
        server = std::make_unique<MllpServer>(
            io.reactors(), settings,
            [this, on_message](MllpMessage message, MllpReply reply) {
                ++messages;
                if (on_message) {
                    return on_message(std::move(message), std::move(reply));
                }
                reply.send("ACK " + *message.bytes);
            },
            std::move(on_open));
    }

    RawPeer peer() const { return RawPeer(server->port()); }

    MllpServerSettings settings;
    std::atomic<int> messages = 0;
    IoThreads io{2};
    std::unique_ptr<MllpServer> server;
};

TEST_F(MllpServerTest, AnswersEachMessageOfAConnection) {
    start();
    RawPeer raw = peer();
    for (const std::string text : {"one", "two"}) {
        raw.send(framed(text));
        EXPECT_EQ(raw.receive_until("\x1C\r"), framed("ACK " + text));
    }
}

TEST_F(MllpServerTest, AnswersSeveralMessagesOfOneReadOneAfterTheOther) {
    start();
    RawPeer raw = peer();
    raw.send(framed("one") + framed("two") + framed("three"));
    EXPECT_EQ(raw.receive_until("three\x1C\r"),
              framed("ACK one") + framed("ACK two") + framed("ACK three"));
}

TEST_F(MllpServerTest, GoesOnWithoutAnAnswerWhereNoneIsWanted) {
    start([](const MllpMessage& message, const MllpReply& reply) {
        *message.bytes == "quiet" ? reply.go_on() : reply.send("ACK " + *message.bytes);
    });
    RawPeer raw = peer();
    raw.send(framed("quiet") + framed("quiet") + framed("loud"));
    EXPECT_EQ(raw.receive_until("loud\x1C\r"), framed("ACK loud"));
    EXPECT_EQ(messages, 3);
}

TEST_F(MllpServerTest, HandsOverTheNextMessageOnlyAfterTheAnswer) {
    const Held<MllpReply> held;
    start([held](const MllpMessage&, const MllpReply& reply) { held.put(reply); });
    RawPeer raw = peer();
    raw.send(framed("one") + framed("two"));
    const MllpReply first = held.take();
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(messages, 1);
    first.send("A");
    held.take().send("B");
    EXPECT_EQ(raw.receive_until("B\x1C\r"), framed("A") + framed("B"));
}

TEST_F(MllpServerTest, TakesAMessageByteByByte) {
    start();
    RawPeer raw = peer();
    for (const char c : framed("slow")) {
        raw.send({&c, 1});
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(raw.receive_until("\x1C\r"), framed("ACK slow"));
}

TEST_F(MllpServerTest, CarriesAMessageOfThreeMegabytes) {
    start();
    const std::string letter(3'000'000, 'L');
    RawPeer raw = peer();
    std::jthread sender([&] { raw.send(framed(letter)); });
    EXPECT_EQ(raw.receive_until("\x1C\r"), framed("ACK " + letter));
}

TEST_F(MllpServerTest, NeverHandsOverACutMessage) {
    start();
    RawPeer raw = peer();
    raw.send("\x0BMSH|^~\\&|");
    raw.half_close();
    EXPECT_TRUE(raw.ends_within(2s));
    EXPECT_EQ(messages, 0);
}

TEST_F(MllpServerTest, EndsAMessageWhoseEndNeverComes) {
    settings.limits.connection.transfer_grace = 100ms;
    start();
    RawPeer raw = peer();
    raw.send("\x0BMSH|^~\\&|");
    EXPECT_TRUE(raw.ends_within(2s));
    EXPECT_EQ(messages, 0);
}

TEST_F(MllpServerTest, SkipsAndCountsJunkAndBrokenFrames) {
    start();
    RawPeer raw = peer();
    raw.send("\r\n\x0Bgiven up" + framed("kept"));
    EXPECT_EQ(raw.receive_until("\x1C\r"), framed("ACK kept"));
    const MllpCounts counts = server->counts();
    EXPECT_EQ(counts.messages, 1U);
    EXPECT_EQ(counts.junk_bytes, 2U);
    EXPECT_EQ(counts.broken_frames, 1U);
}

TEST_F(MllpServerTest, ClosesOnEndlessJunkAndOnAMessageBeyondTheLimit) {
    settings.limits.message_bytes_max = 1'000;
    start();
    RawPeer junk = peer();
    junk.send("GET / HTTP/1.1\r\n" + std::string(2'000, 'x'));
    EXPECT_TRUE(junk.ends_within(2s));
    RawPeer large = peer();
    large.send(framed(std::string(2'000, 'x')));
    EXPECT_TRUE(large.ends_within(2s));
    EXPECT_EQ(server->counts().refused_frames, 1U);
    EXPECT_EQ(messages, 0);
}

TEST_F(MllpServerTest, TakesTheAnswerFromAnotherThread) {
    const Held<MllpReply> held;
    start([held](const MllpMessage&, const MllpReply& reply) { held.put(reply); });
    RawPeer raw = peer();
    raw.send(framed("x"));
    const MllpReply reply = held.take();
    reply.send("later");
    reply.send("again");
    EXPECT_EQ(raw.receive_until("never", 200ms), framed("later"));
}

TEST_F(MllpServerTest, ClosesWithoutAnAnswerWhereTheReplyIsDropped) {
    start([](const MllpMessage&, const MllpReply&) {});
    RawPeer raw = peer();
    raw.send(framed("x"));
    EXPECT_EQ(raw.receive_all(), "");
    EXPECT_TRUE(raw.ends_within(1s));
}

TEST_F(MllpServerTest, ClosesWithoutAnAnswerWhereTheApplicationThrowsOrTakesTooLong) {
    settings.limits.reply = 50ms;
    const Held<MllpReply> held;
    start([held](const MllpMessage& message, const MllpReply& reply) {
        if (*message.bytes == "throw") {
            throw std::runtime_error("x");
        }
        held.put(reply);
    });
    for (const std::string text : {"throw", "hold"}) {
        RawPeer raw = peer();
        raw.send(framed(text));
        EXPECT_EQ(raw.receive_all(2s), "");
    }
}

TEST_F(MllpServerTest, AsksWhoMayComeInBeforeAMessageIsRead) {
    const TestCertificates certificates;
    settings.tls = certificates.server();
    const Held<std::string> asked;
    start({}, [asked](const MllpMessage& who) {
        asked.put(who.peer_certificate->subject);
        return Admission::refused;
    });
    RawPeer raw(server->port(), *certificates.client());
    raw.send(framed("x"));
    EXPECT_TRUE(raw.ends_within(2s));
    EXPECT_EQ(asked.take(), "CN=partner");
    EXPECT_EQ(messages, 0);
}

TEST_F(MllpServerTest, StopsAfterTheMessageUnderWayIsAnswered) {
    const Held<MllpReply> held;
    start([held](const MllpMessage&, const MllpReply& reply) { held.put(reply); });
    RawPeer busy = peer();
    busy.send(framed("x"));
    RawPeer idle = peer();
    const MllpReply reply = held.take();
    std::jthread stopping([&] { server->stop(5s); });
    EXPECT_TRUE(idle.ends_within(2s));
    idle.close();
    reply.send("done");
    EXPECT_EQ(busy.receive_all(), framed("done"));
    busy.close();
    stopping.join();
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(MllpServerTest, RefusesToListenInPlainBeyondLoopback) {
    settings.address = {"0.0.0.0", 0};
    EXPECT_THROW(MllpServer(io.reactors(), settings, {}), Failure);
}

class MllpRoomTest : public MllpServerTest {
protected:
    void start_with(std::uint64_t memory, std::uint64_t spill_above,
                    std::chrono::milliseconds grace = 300ms) {
        settings.room = std::make_shared<BodyRoom>(
            BodyRoomLimits{.memory_bytes_max = memory,
                           .spill_above = spill_above,
                           .spill_bytes_max = 100'000'000,
                           .spill_folder = std::filesystem::temp_directory_path().string()});
        settings.limits.connection.transfer_grace = grace;
        start([this](MllpMessage message, const MllpReply& reply) {
            held.put(message.bytes);
            reply.send("ACK " + std::to_string(message.bytes->size()));
        });
    }

    Held<std::shared_ptr<const std::string>> held;
};

TEST_F(MllpRoomTest, TakesAMessageThatWentThroughAFile) {
    start_with(10'000'000, 100'000);
    const std::string text = std::string(2'000'000, 'm') + "end";
    RawPeer raw = peer();
    raw.send(framed(text) + framed("next"));
    // The two may come in one piece.
    EXPECT_EQ(raw.receive_until(framed("ACK 4")), framed("ACK 2000003") + framed("ACK 4"));
    EXPECT_EQ(*held.take(), text);
    EXPECT_EQ(*held.take(), "next");
    EXPECT_EQ(settings.room->taken(BodyRoom::Kind::disk), 0U);
}

TEST_F(MllpRoomTest, ReadsNoFurtherUntilThereIsRoomAgain) {
    start_with(150'000, 1'000'000, 5s);
    RawPeer first = peer();
    first.send(framed(std::string(100'000, 'a')));
    EXPECT_EQ(first.receive_until("\x1C\r"), framed("ACK 100000"));
    auto message = held.take();
    RawPeer second = peer();
    second.send(framed(std::string(100'000, 'b')));
    EXPECT_EQ(second.receive_until("\x1C\r", 100ms), "");
    EXPECT_EQ(messages, 1);
    message.reset();
    EXPECT_EQ(second.receive_until("\x1C\r"), framed("ACK 100000"));
}

TEST_F(MllpRoomTest, CutsASenderThatFoundNoRoomInTime) {
    const Held<std::string> faults;
    settings.on_fault = [faults](const ConnectionFault& fault) { faults.put(fault.reason); };
    start_with(150'000, 1'000'000);
    RawPeer first = peer();
    first.send(framed(std::string(100'000, 'a')));
    EXPECT_EQ(first.receive_until("\x1C\r"), framed("ACK 100000"));
    const auto message = held.take();
    RawPeer second = peer();
    second.send(framed(std::string(100'000, 'b')));
    EXPECT_TRUE(second.ends_within(5s));
    EXPECT_EQ(faults.take(), "there was no room for a message");
    EXPECT_EQ(messages, 1);
}

}  // namespace
}  // namespace gateway
