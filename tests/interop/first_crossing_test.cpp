// The whole product as its partners see it: a gateway, a clinic and a GP's listener as processes of
// their own, real TLS on real ports, and a third party's client (npm node-hl7-client) as the
// sender.
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <filesystem>
#include <fstream>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/base/digest.h"
#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/format/json/reader.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

const std::string root = PAINBRIDGE_ROOT;
const std::string samples = root + "/config/demo/messages/";

std::string new_folder() {
    std::string path = (std::filesystem::temp_directory_path() / "painbridge-e2e-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    return path;
}

Document json_of(const std::string& text) {
    return read_json(std::make_shared<const std::string>(text), std::make_shared<const NameTable>(),
                     {.dialect = JsonDialect::plain});
}

std::string text_in(const Document& document, std::string_view name) {
    return std::string{document.child_value(document.root(), name)};
}

Child::Wanted event(std::string name) {
    return [name = "\"event\":\"" + name + "\""](const std::string& line) {
        return line.find(name) != std::string::npos;
    };
}

// A gateway and both partners, up until the test ends. The clinic declines where `decline_when`
// holds.
class FirstCrossing : public testing::Test {
protected:
    FirstCrossing() : FirstCrossing("false") {}

    explicit FirstCrossing(const std::string& decline_when)
        : stage_(stage_with(decline_when)),
          gateway_("gateway", PAINBRIDGE_PROGRAM, {"serve", "--config", stage_.config()},
                   stage_.log("gateway")),
          clinic_("clinic", PAINBRIDGE_PROGRAM,
                  {"twin", "clinic", "--commands", "--config", stage_.folder + "/twin-clinic.toml"},
                  stage_.log("clinic")),
          gp_("gp", PAINBRIDGE_PROGRAM,
              {"twin", "gp", "--commands", "--config", stage_.folder + "/twin-gp.toml"},
              stage_.log("gp")) {}

    static Stage stage_with(const std::string& decline_when) {
        Stage stage = set_stage(new_folder(), root);
        const std::string file = stage.folder + "/twin-clinic.toml";
        std::string text = read_file(file);
        const std::size_t begin = text.find("decline_when");
        text.replace(begin, text.find('\n', begin) - begin,
                     "decline_when = \"" + decline_when + "\"");
        std::ofstream(file) << text;
        return stage;
    }

    void SetUp() override {
        ASSERT_TRUE(gateway_.wait_for(
            [](const std::string& line) { return line.starts_with("ready"); }, 30s))
            << read_file(stage_.log("gateway"));
        ASSERT_TRUE(clinic_.wait_for(event("listening"), 30s));
        ASSERT_TRUE(gp_.wait_for(event("listening"), 30s));
    }

    void TearDown() override {
        if (!HasFailure()) {
            std::filesystem::remove_all(stage_.folder);
        }
    }

    // What the third party's client was answered.
    Document send(const std::string& file) {
        const std::string output =
            run_command(node_path() + " " + root + "/tests/interop/send.mjs " +
                        std::to_string(stage_.ports.mllp) + " " + stage_.folder + "/tls " + file)
                .output;
        const std::size_t json = output.rfind("{\"code\"");
        if (json == std::string::npos) {
            ADD_FAILURE() << "the client had no answer:\n" << output;
            return json_of("{\"code\":\"\"}");
        }
        return json_of(output.substr(json));
    }

    Stage stage_;
    Child gateway_;
    Child clinic_;
    Child gp_;
};

std::string letter_in(const std::string& file) {
    auto names = std::make_shared<NameTable>();
    add_hl7v2_names(*names);
    const Document message =
        read_hl7v2(std::make_shared<const std::string>(read_file(file)), names);
    for (const NodeId obx : message.children(message.root(), "OBX")) {
        if (message.child_value(obx, "f2") == "ED") {
            return from_base64(message.value(message.at(obx, {"f5", "c5"}))).value();
        }
    }
    throw std::runtime_error("no letter");
}

TEST_F(FirstCrossing, CarriesAReferralOverAndTheAcceptanceHome) {
    const std::string file = samples + "referral-with-letter.hl7";
    const Document ack = send(file);
    EXPECT_EQ(text_in(ack, "code"), "AA");
    EXPECT_EQ(text_in(ack, "about"), text_in(ack, "sent"));

    const auto arrival = clinic_.wait_for(event("referral.received"), 30s);
    ASSERT_TRUE(arrival);
    const auto letter = clinic_.wait_for(event("attachment.received"), 30s);
    ASSERT_TRUE(letter);
    const std::string sent_letter = letter_in(file);
    EXPECT_TRUE(sent_letter.starts_with("%PDF"));
    EXPECT_EQ(text_in(json_of(*letter), "sha256"), to_hex(sha256(sent_letter)));

    const auto answer = gp_.wait_for(event("answer.received"), 30s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(text_in(json_of(*answer), "type"), "RRI^I12");
    EXPECT_EQ(text_in(json_of(*answer), "status"), "A");
    EXPECT_FALSE(clinic_.wait_for(event("referral.received"), 100ms)) << "delivered twice";
    EXPECT_FALSE(gp_.wait_for(event("answer.received"), 100ms)) << "answered twice";
}

TEST_F(FirstCrossing, LeavesNothingOfTheReferralReadableOnDisk) {
    const std::string file = samples + "referral-with-letter.hl7";
    EXPECT_EQ(text_in(send(file), "code"), "AA");
    ASSERT_TRUE(clinic_.wait_for(event("referral.received"), 30s));
    ASSERT_TRUE(gp_.wait_for(event("answer.received"), 30s));

    std::string on_disk = read_file(stage_.log("gateway"));
    for (const char* name : {"painbridge.db", "painbridge.db-wal"}) {
        on_disk += read_file(stage_.config() + "/" + name);
    }
    EXPECT_NE(on_disk.find("CREATE TABLE data_key"), std::string::npos);
    const std::string message = read_file(file);
    for (const std::string known :
         {"Te Kanawa", "Kanawa", "8003608450127360", "29501234811", "Banksia Crescent",
          "0491570157", "lifting injury", "Back in the classroom", "Naproxen", "JVBERi0xLjQK"}) {
        EXPECT_NE(message.find(known), std::string::npos) << known;
        EXPECT_EQ(on_disk.find(known), std::string::npos) << known;
    }
    EXPECT_EQ(on_disk.find("%PDF-"), std::string::npos);
}

class Declined : public FirstCrossing {
protected:
    Declined() : FirstCrossing("true") {}
};

TEST_F(Declined, ComesHomeWithItsReason) {
    const Document ack = send(samples + "to-be-declined.hl7");
    EXPECT_EQ(text_in(ack, "code"), "AA");
    const auto answer = gp_.wait_for(event("answer.received"), 30s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(text_in(json_of(*answer), "status"), "R");
    EXPECT_NE(text_in(json_of(*answer), "note").find("persistent pain"), std::string::npos);
}

TEST_F(FirstCrossing, RefusesWhatNobodyCouldActOnAndSaysWhy) {
    const Document ack = send(samples + "must-be-refused.hl7");
    EXPECT_TRUE(text_in(ack, "code") == "AE" || text_in(ack, "code") == "AR");
    EXPECT_NE(text_in(ack, "error").find("PID"), std::string::npos) << text_in(ack, "error");
    EXPECT_FALSE(clinic_.wait_for(event("referral.received"), 300ms))
        << "it went over all the same";
    const auto store = open_sqlite_reads({.path = stage_.store(), .vfs = {}, .keys = {}});
    const auto kept = store->messages_in(MessageState::error, 0, 10);
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_FALSE(store->trace(kept[0].id).empty());
}

TEST_F(FirstCrossing, AnswersARepeatedMessageAsBeforeAndDeliversItOnce) {
    const std::string file = samples + "referral-with-letter.hl7";
    const Document first = send(file);
    const Document second = send(file);
    EXPECT_EQ(text_in(first, "code"), "AA");
    EXPECT_EQ(text_in(second, "code"), "AA");
    EXPECT_EQ(text_in(first, "id"), text_in(second, "id")) << "not the stored answer";
    ASSERT_TRUE(clinic_.wait_for(event("referral.received"), 30s));
    ASSERT_TRUE(gp_.wait_for(event("answer.received"), 30s));
    EXPECT_FALSE(clinic_.wait_for(event("referral.received"), 300ms));
    EXPECT_FALSE(clinic_.wait_for(event("referral.repeated"), 0ms));
}

}  // namespace
}  // namespace gateway
