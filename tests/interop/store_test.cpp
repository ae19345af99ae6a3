// The store in an operator's hands, as on the command line: backed up beside a running gateway, put
// back, looked at.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/interop/running_gateway.h"
#include "tests/net/raw_peer.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StoreOfAGateway : public testing::Test {
protected:
    StoreOfAGateway() {
        gateway_.emplace("127.0.0.1");
        gateway_->start();
    }

    void send(const std::string& sample) const {
        RawPeer gp(gateway_->stage().ports.mllp, *gateway_->client("gp"));
        gp.send(framed_sample(sample));
        EXPECT_THAT(gp.receive_until("\x1C\r"), HasSubstr("MSA|AA|"));
    }

    CommandResult store(const std::string& words) const {
        return run_command(quoted(PAINBRIDGE_PROGRAM) + " store " + words + " --config " +
                           quoted(gateway_->stage().config()));
    }

    std::string backup() const { return gateway_->stage().folder + "/backup.db"; }

    std::optional<RunningGateway> gateway_;
};

TEST_F(StoreOfAGateway, IsBackedUpWhileItRunsAndPutBack) {
    send("letter-only.hl7");
    const CommandResult made = store("backup " + quoted(backup()));
    EXPECT_EQ(made.status, 0) << made.output;
    EXPECT_THAT(made.output, HasSubstr("NOT in the backup"));
    EXPECT_THAT(made.output, HasSubstr("last message    1"));
    const CommandResult looked = store("verify " + quoted(backup()));
    EXPECT_EQ(looked.status, 0) << looked.output;
    const CommandResult running = store("verify --json");
    EXPECT_EQ(running.status, 0) << running.output;
    EXPECT_THAT(running.output, HasSubstr("\"sound\": true"));

    const CommandResult too_soon = store("restore --replace " + quoted(backup()));
    EXPECT_EQ(too_soon.status, 2) << too_soon.output;
    EXPECT_THAT(too_soon.output, HasSubstr("in use by another Painbridge"));

    send("to-be-declined.hl7");
    gateway_->stop();
    const CommandResult unasked = store("restore " + quoted(backup()));
    EXPECT_EQ(unasked.status, 2) << unasked.output;
    EXPECT_THAT(unasked.output, HasSubstr("--replace"));
    const CommandResult restored = store("restore --replace " + quoted(backup()));
    EXPECT_EQ(restored.status, 0) << restored.output;
    EXPECT_THAT(restored.output, HasSubstr("the former store is now"));
    // The gateway signed its last checkpoint when it stopped, over the second message.
    EXPECT_THAT(restored.output, HasSubstr("Move the file of checkpoints aside"));
    EXPECT_EQ(gateway_->messages(), 1U);

    gateway_->start();
    EXPECT_EQ(gateway_->messages(), 1U);
}

TEST_F(StoreOfAGateway, IsNotReplacedByWhatWasTamperedWith) {
    send("letter-only.hl7");
    EXPECT_EQ(store("backup " + quoted(backup())).status, 0);
    gateway_->stop();
    std::fstream file(backup(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(9000);
    file << "tampered";
    file.close();
    for (const std::string words : {"restore --replace ", "verify "}) {
        const CommandResult refused = store(words + quoted(backup()));
        EXPECT_EQ(refused.status, 1) << refused.output;
        EXPECT_THAT(refused.output, HasSubstr("SHA-256"));
    }
    EXPECT_EQ(store("verify").status, 0);
}

TEST_F(StoreOfAGateway, TellsWhichKeysItNeeds) {
    send("letter-only.hl7");
    const CommandResult keys = store("keys");
    EXPECT_EQ(keys.status, 0) << keys.output;
    EXPECT_THAT(keys.output, HasSubstr("2 data keys  current"));
}

// The checkpoint at the stop made the file; where it is gone, it matters whether one was due.
TEST_F(StoreOfAGateway, SaysWhetherACheckpointOfTheAuditWasDue) {
    send("letter-only.hl7");
    gateway_->stop();
    const auto verify = [this] {
        return run_command(quoted(PAINBRIDGE_PROGRAM) + " audit verify --config " +
                           quoted(gateway_->stage().config()));
    };
    const CommandResult signed_ones = verify();
    EXPECT_EQ(signed_ones.status, 0) << signed_ones.output;
    EXPECT_THAT(signed_ones.output, HasSubstr("with a good signature hold"));

    const std::string settings = gateway_->stage().config() + "/painbridge.toml";
    std::string text = read_file(settings);
    const std::string key = "checkpoint_file = ";
    const std::size_t at = text.find(key);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, key.size(), key + "\"elsewhere.checkpoints\" # ");
    std::ofstream(settings) << text;
    const CommandResult young = verify();
    EXPECT_EQ(young.status, 0) << young.output;
    EXPECT_THAT(young.output, HasSubstr("all sound"));
    EXPECT_THAT(young.output, HasSubstr("none yet"));

    std::ofstream(settings) << text.insert(at, "checkpoint_every = \"1s\"\n");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    CommandResult due = verify();
    while (due.status == 0 && std::chrono::steady_clock::now() < deadline) {
        due = verify();
    }
    EXPECT_EQ(due.status, 1) << due.output;
    EXPECT_THAT(due.output, HasSubstr("one was due"));
}

}  // namespace
}  // namespace gateway
