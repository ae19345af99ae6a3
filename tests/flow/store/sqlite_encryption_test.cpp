// What lies in the file and its log: nothing of a payload, and what it takes to read it again.
#include <gmock/gmock.h>

#include <algorithm>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/migrations.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::HasSubstr;

// Stands in every payload below; long enough never to come about by chance.
const std::string canary = "CANARY-4857773456-canary";

class SqliteEncryption : public ::testing::Test {
protected:
    SqliteOptions options(std::string_view letters) const {
        SqliteOptions options;
        options.path = folder_.path() / "store.db";
        options.keys = keys_of(letters);
        return options;
    }

    std::unique_ptr<Store> open(std::string_view letters) const {
        return open_sqlite_store(options(letters));
    }

    std::string failure_to_open(std::string_view letters) const {
        try {
            open(letters);
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.category(), Category::unavailable);
            return failure.internal();
        }
        return "opened";
    }

    void execute(const std::string& sql) const {
        sqlite::Connection(options("a").path, sqlite::Access::read_write, "").execute(sql);
    }

    std::int64_t count(const char* sql) const {
        sqlite::Connection connection(options("a").path, sqlite::Access::read_only, "");
        connection.keep_log_on_close();
        sqlite::Query row(connection, sql);
        return row.step() ? row.integer(0) : -1;
    }

    // The files of the store that hold `text`.
    std::vector<std::string> files_with(const std::string& text) const {
        std::vector<std::string> names;
        for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
            if (read_file(file.path().string()).find(text) != std::string::npos) {
                names.push_back(file.path().filename());
            }
        }
        return names;
    }

    const TemporaryFolder& folder() const { return folder_; }

private:
    TemporaryFolder folder_;
};

std::shared_ptr<const std::string> bytes_with(const std::string& text) {
    return std::make_shared<const std::string>(canary + " " + text);
}

// A message with everything that may hold patient data.
UnitOfWork whole_message(const std::string& id) {
    UnitOfWork unit;
    Message message = message_named(id);
    message.bytes = bytes_with("message");
    message.digest = sha256(*message.bytes);
    unit.add(AddMessage{message});
    unit.add(PutResource{{"Patient", "p-" + id, 0, id, "", bytes_with("resource"), at_second(10)}});
    Delivery delivery = delivery_named("d-" + id, id);
    delivery.bytes = bytes_with("delivery");
    unit.add(AddDelivery{delivery});
    unit.add(AddAnswer{{id, "application/hl7-v2", "AA", bytes_with("answer"), at_second(10)}});
    return unit;
}

void expect_readable(const StoreReads& store, const std::string& id) {
    ASSERT_TRUE(store.message(id));
    EXPECT_EQ(*store.message(id)->bytes, canary + " message");
    EXPECT_EQ(*store.resource("Patient", "p-" + id)->bytes, canary + " resource");
    EXPECT_EQ(*store.resource_version("Patient", "p-" + id, 1)->bytes, canary + " resource");
    EXPECT_EQ(*store.delivery("d-" + id)->bytes, canary + " delivery");
    EXPECT_EQ(*store.answer(id)->bytes, canary + " answer");
}

}  // namespace

TEST_F(SqliteEncryption, LeavesNothingOfAPayloadInAnyFile) {
    auto store = open("a");
    commit(*store, whole_message("m1"));
    commit(*store, LeaseDelivery{"d-m1", 0, at_second(100), at_second(1000)});
    commit(*store, FinishDelivery{"d-m1", 1, DeliveryState::delivered, "200"});
    EXPECT_EQ(files_with("MSG-m1").size(), 1U) << "this test looks into the wrong files";
    EXPECT_TRUE(std::filesystem::exists(options("a").path + "-wal"));
    EXPECT_THAT(files_with(canary), ::testing::IsEmpty());
    expect_readable(*store, "m1");
    store.reset();
    EXPECT_EQ(files_with("MSG-m1"), std::vector<std::string>{"store.db"});
    EXPECT_THAT(files_with(canary), ::testing::IsEmpty());
    expect_readable(*open("a"), "m1");
}

TEST_F(SqliteEncryption, KeepsADataKeyForEachMessageAndOneForItsResources) {
    const auto store = open("a");
    commit(*store, whole_message("m1"));
    commit(*store, whole_message("m2"));
    EXPECT_EQ(count("SELECT count(*) FROM data_key"), 4);
    EXPECT_EQ(count("SELECT count(DISTINCT data_key) FROM payload"), 4);
    EXPECT_EQ(count("SELECT count(*) FROM payload WHERE codec <> 1 OR data_key IS NULL"), 0);
}

TEST_F(SqliteEncryption, LeavesNoDataKeyOfARefusedUnit) {
    const auto store = open("a");
    commit(*store, AddMessage{message_named("m1")});
    refusal_of(*store, AddMessage{message_named("m1")});
    EXPECT_EQ(count("SELECT count(*) FROM data_key"), 1);
}

TEST_F(SqliteEncryption, OpensWhatAnOlderKeySealed) {
    commit(*open("a"), whole_message("m1"));
    {
        const auto store = open("ba");
        expect_readable(*store, "m1");
        commit(*store, whole_message("m2"));
    }
    expect_readable(*open("ab"), "m2");
    expect_readable(*open("ba"), "m1");
}

TEST_F(SqliteEncryption, NamesTheKeyThatIsMissingAtStart) {
    commit(*open("a"), whole_message("m1"));
    EXPECT_THAT(failure_to_open("b"), HasSubstr("master key " + keys_of("a")->current()));
    EXPECT_THAT(failure_to_open("b"), HasSubstr("put that key's file back into the list"));
    commit(*open("ba"), whole_message("m2"));
    EXPECT_THAT(failure_to_open("a"), HasSubstr("master key " + keys_of("b")->current()));
}

TEST_F(SqliteEncryption, AsksForNoKeyThatSealedNothing) {
    open("a");
    EXPECT_EQ(failure_to_open("b"), "opened");
}

TEST_F(SqliteEncryption, FailsOneMessageWhenOnePayloadIsDamaged) {
    const auto store = open("a");
    commit(*store, whole_message("m1"));
    commit(*store, whole_message("m2"));
    execute(
        "UPDATE payload SET bytes = zeroblob(length(bytes)) WHERE id = "
        "(SELECT payload FROM message WHERE id = 'm1')");
    try {
        store->message("m1");
        FAIL() << "damaged bytes were returned";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.category(), Category::fault);
        EXPECT_THAT(failure.internal(), HasSubstr("restore the store from a backup"));
    }
    EXPECT_TRUE(store->answer("m1"));
    expect_readable(*store, "m2");
}

TEST_F(SqliteEncryption, OpensNoPayloadInAnotherRow) {
    const auto store = open("a");
    commit(*store, whole_message("m1"));
    commit(*store, whole_message("m2"));
    execute(
        "UPDATE message SET payload = (SELECT payload FROM message WHERE id = 'm2') "
        "WHERE id = 'm1'");
    EXPECT_THROW(store->message("m1"), Failure);
    EXPECT_TRUE(store->message("m2"));
    // With its key, its digest and all.
    execute("UPDATE delivery SET payload = (SELECT payload FROM answer)");
    EXPECT_THROW(store->delivery("d-m1"), Failure);
}

TEST_F(SqliteEncryption, IsReadWithoutKeysButForPayloads) {
    const auto store = open("a");
    commit(*store, whole_message("m1"));
    SqliteOptions without = options("a");
    without.keys = nullptr;
    const auto reads = open_sqlite_reads(without);
    EXPECT_EQ(reads->messages_in(MessageState::received, 0, 10).size(), 1U);
    EXPECT_THROW(reads->message("m1"), Failure);
    EXPECT_THROW(open_sqlite_store(without), std::logic_error);
}

TEST_F(SqliteEncryption, RefusesAStoreFromBeforeIt) {
    {
        sqlite::Connection connection(options("a").path, sqlite::Access::read_write, "");
        sqlite::migrate(connection, options("a").path, sqlite::shipped_migrations().first(1));
        connection.execute(
            "INSERT INTO payload (codec, digest, bytes) VALUES (0, x'00', x'00');"
            "INSERT INTO message (id, channel, partner, authenticated_by, fingerprint, order_key, "
            "content_type, control_id, duplicate_key, duplicate_digest, received, state, reason, "
            "settings_hash, payload) VALUES ('m0', '', '', '', '', '', '', '', '', x'00', 0, "
            "'sent', '', '', 1)");
    }
    EXPECT_THROW(open("a"), Failure);
    EXPECT_EQ(count("SELECT max(version) FROM schema_version"), 1);
}

}  // namespace gateway::test
