// What is PostgreSQL's own: several gateways on one database, and a server that goes away.
#include "gateway/flow/store/postgres/postgres_store.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/flow/store/postgres/session.h"
#include "tests/flow/store/store_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/postgres_proxy.h"
#include "tests/support/postgres_server.h"

namespace gateway::test {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using namespace std::chrono_literals;

constexpr auto patience = 60s;

class PostgresDatabase : public ::testing::Test {
protected:
    PostgresOptions options() {
        PostgresOptions options;
        options.target = server_.database("gateway");
        options.general.keys = keys_of("a");
        return options;
    }

    std::unique_ptr<Store> open() { return open_postgres_store(options()); }

    std::unique_ptr<Store> open_through(const PostgresProxy& proxy) {
        PostgresOptions through = options();
        through.target.host = proxy.folder();
        return open_postgres_store(through);
    }

    PostgresServer& server() { return server_; }

    void execute(const std::string& sql) { server_.connect("gateway")->execute(sql); }

private:
    PostgresServer server_;
};

UnitOfWork message_with_delivery(const std::string& id) {
    UnitOfWork unit;
    unit.add(AddMessage{message_named(id)});
    unit.add(AddDelivery{delivery_named("d-" + id, id)});
    unit.add(AddAudit{audit_of(id)});
    unit.add(AddChange{{0, "Task", id, 1, at_second(10)}});
    return unit;
}

std::vector<std::string> due_ids(const Store& store, std::int64_t second) {
    std::vector<std::string> ids;
    for (const Delivery& delivery : store.due_deliveries("clinic", {at_second(second)}, 100)) {
        ids.push_back(delivery.id);
    }
    return ids;
}

std::string reason_of(const std::function<void()>& open) {
    try {
        open();
    } catch (const Failure& failure) {
        return failure.internal();
    }
    return "it opened";
}

std::future<Outcome> submitted(Store& store, UnitOfWork unit) {
    const auto promise = std::make_shared<std::promise<Outcome>>();
    store.submit(
        std::move(unit), [](const std::function<void()>& task) { task(); },
        [promise](const Outcome& outcome) { promise->set_value(outcome); });
    return promise->get_future();
}

// Asks until it holds, or for as long as a test may take.
bool comes_true(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

// As a sender does: again, until it is taken or known to be there already.
bool is_taken(Store& store, const std::string& id) {
    return comes_true([&] {
        return !std::holds_alternative<Unavailable>(outcome_of(store, message_with_delivery(id)));
    });
}

bool is_unavailable(const Outcome& outcome) {
    return std::holds_alternative<Unavailable>(outcome);
}

// What they hold for a while becomes one transaction: the first waits for the lock, the others for
// the first.
class OneTransaction {
public:
    OneTransaction(PostgresServer& server, Store& store) : store_(store) {
        lock_ = server.connect("gateway");
        postgres::begin_alone(*lock_);
        outcomes_.push_back(submitted(store, message_with_delivery("before")));
        EXPECT_TRUE(comes_true([&] { return store.busy_since().has_value(); }));
    }

    void add(UnitOfWork unit) { outcomes_.push_back(submitted(store_, std::move(unit))); }

    void add(Write write) {
        UnitOfWork unit;
        unit.add(std::move(write));
        add(std::move(unit));
    }

    // Of each that was added.
    std::vector<Outcome> outcomes() {
        lock_->execute("COMMIT");
        std::vector<Outcome> outcomes;
        for (std::future<Outcome>& outcome : outcomes_) {
            outcomes.push_back(outcome.get());
        }
        outcomes.erase(outcomes.begin());
        return outcomes;
    }

private:
    Store& store_;
    std::unique_ptr<postgres::Connection> lock_;
    std::vector<std::future<Outcome>> outcomes_;
};

bool is_committed(const Outcome& outcome) {
    return std::holds_alternative<Committed>(outcome);
}

void expect_whole_chain(const Store& store, std::size_t records) {
    const auto chain = store.audit_after(0, records + 1);
    ASSERT_EQ(chain.size(), records);
    Sha256 previous{};
    std::uint64_t sequence = 0;
    for (const AuditRecord& record : chain) {
        EXPECT_EQ(record.sequence, ++sequence);
        EXPECT_EQ(record.previous, previous);
        EXPECT_EQ(record.hash, chained_hash(previous, record));
        previous = record.hash;
    }
}

}  // namespace

TEST_F(PostgresDatabase, GivesTwoGatewaysOneOrder) {
    constexpr std::size_t each = 40;
    const auto first = open();
    const auto second = open();
    const auto write = [](Store& store, const std::string& name) {
        for (std::size_t i = 0; i < each; ++i) {
            commit(store, message_with_delivery(name + std::to_string(i)));
        }
    };
    // A reader of the feed must never see a number below one that it has seen before.
    std::atomic<bool> done = false;
    std::vector<std::uint64_t> seen;
    std::thread reader([&] {
        std::uint64_t last = 0;
        while (seen.size() < 2 * each && !(done && first->changes_after(last, 1).empty())) {
            for (const Change& change : first->changes_after(last, 1000)) {
                last = change.sequence;
                seen.push_back(last);
            }
        }
    });
    std::thread beside([&] { write(*second, "b"); });
    write(*first, "a");
    beside.join();
    done = true;
    reader.join();
    EXPECT_EQ(seen.size(), 2 * each);
    expect_whole_chain(*second, 2 * each);
}

TEST_F(PostgresDatabase, GivesADeliveryToOneGatewayOnly) {
    const auto first = open();
    commit(*first, message_with_delivery("m1"));
    const std::uint64_t token =
        commit(*first, LeaseDelivery{"d-m1", 0, at_second(100), at_second(200)});
    const auto second = open();  // its start must not free what the first one holds
    EXPECT_THAT(due_ids(*second, 200), IsEmpty());
    EXPECT_EQ(refusal_of(*second, LeaseDelivery{"d-m1", token, at_second(150), at_second(300)})
                  .precondition,
              Precondition::lease);
    commit(*first, FinishDelivery{"d-m1", token, DeliveryState::delivered, "200"});
}

TEST_F(PostgresDatabase, TakesOverWhatADeadGatewayHadLeasedAndFencesItOff) {
    const auto first = open();
    commit(*first, message_with_delivery("m1"));
    const std::uint64_t token =
        commit(*first, LeaseDelivery{"d-m1", 0, at_second(100), at_second(200)});
    const auto second = open();
    EXPECT_THAT(due_ids(*second, 201), ElementsAre("d-m1"));
    const std::uint64_t taken =
        commit(*second, LeaseDelivery{"d-m1", token, at_second(201), at_second(300)});
    EXPECT_EQ(refusal_of(*first, FinishDelivery{"d-m1", token, DeliveryState::delivered, "200"})
                  .precondition,
              Precondition::lease);
    commit(*second, FinishDelivery{"d-m1", taken, DeliveryState::delivered, "200"});
    EXPECT_EQ(first->delivery("d-m1")->state, DeliveryState::delivered);
}

TEST_F(PostgresDatabase, LosesAndDoublesNothingWhenConnectionsAreCut) {
    constexpr int messages = 60;
    const auto store = open();
    std::int64_t cuts = 0;
    int in_doubt = 0;
    for (int i = 0; i < messages; ++i) {
        const std::string id = "m" + std::to_string(i);
        std::future<Outcome> outcome = submitted(*store, message_with_delivery(id));
        cuts += server().cut_connections("gateway");  // somewhere in the midst of it
        if (is_unavailable(outcome.get())) {
            ++in_doubt;
            EXPECT_TRUE(is_taken(*store, id)) << id;
        }
    }
    EXPECT_GT(cuts, 0);
    RecordProperty("in_doubt", in_doubt);
    EXPECT_EQ(store->messages_in(MessageState::received, 0, 1000).size(), std::size_t{messages});
    EXPECT_EQ(store->changes_after(0, 1000).size(), std::size_t{messages});
    expect_whole_chain(*store, messages);
    EXPECT_TRUE(store->accepts());
}

TEST_F(PostgresDatabase, ReadsOnAfterItsConnectionsWereCut) {
    const auto store = open();
    commit(*store, message_with_delivery("m1"));
    for (int i = 0; i < 3; ++i) {
        EXPECT_GT(server().cut_connections("gateway"), 0);
        EXPECT_TRUE(store->message("m1"));
    }
}

TEST_F(PostgresDatabase, KnowsACommitWhoseAnswerWasLost) {
    PostgresProxy proxy(server().folder());
    const auto store = open_through(proxy);
    proxy.at_next_commit(AtCommit::lose_answer);
    EXPECT_TRUE(std::holds_alternative<Committed>(outcome_of(*store, message_with_delivery("m1"))));
    EXPECT_TRUE(proxy.has_struck());
    EXPECT_TRUE(store->message("m1"));
    expect_whole_chain(*store, 1);
    commit(*store, message_with_delivery("m2"));
    expect_whole_chain(*store, 2);
}

TEST_F(PostgresDatabase, KnowsACommitThatNeverTookPlace) {
    PostgresProxy proxy(server().folder());
    const auto store = open_through(proxy);
    commit(*store, message_with_delivery("m1"));
    proxy.at_next_commit(AtCommit::lose_request);
    EXPECT_TRUE(is_unavailable(outcome_of(*store, message_with_delivery("m2"))));
    EXPECT_TRUE(proxy.has_struck());
    EXPECT_FALSE(store->message("m2"));
    commit(*store, message_with_delivery("m2"));
    expect_whole_chain(*store, 2);
}

// The gateway is cut off while its COMMIT is still on the way: it must wait for what comes of it.
TEST_F(PostgresDatabase, SaysNothingOfACommitBeforeItIsOver) {
    PostgresProxy proxy(server().folder());
    const auto store = open_through(proxy);
    proxy.at_next_commit(AtCommit::delay);
    std::future<Outcome> outcome = submitted(*store, message_with_delivery("m1"));
    const auto watcher = server().connect("postgres");
    EXPECT_TRUE(comes_true([&] {
        return watcher->ask_number(
                   "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
                   "AND NOT granted") == 1;
    }));
    EXPECT_EQ(outcome.wait_for(0s), std::future_status::timeout);
    EXPECT_TRUE(store->away());
    proxy.release();
    EXPECT_TRUE(std::holds_alternative<Committed>(outcome.get()));
    EXPECT_TRUE(store->message("m1"));
    expect_whole_chain(*store, 1);
}

TEST_F(PostgresDatabase, KeepsWhatItAcknowledgedThroughACrashOfTheServer) {
    const auto store = open();
    for (int i = 0; i < 20; ++i) {
        commit(*store, message_with_delivery("m" + std::to_string(i)));
    }
    server().crash();
    EXPECT_EQ(store->messages_in(MessageState::received, 0, 100).size(), 20U);
    EXPECT_TRUE(is_taken(*store, "after"));
    EXPECT_FALSE(store->away());
    expect_whole_chain(*store, 21);
}

TEST_F(PostgresDatabase, SaysSoWhileTheServerIsAwayAndComesBackWithIt) {
    const auto store = open();
    commit(*store, message_with_delivery("m1"));
    server().pull_the_plug();
    EXPECT_TRUE(comes_true([&] { return store->away().has_value(); }));
    EXPECT_TRUE(is_unavailable(outcome_of(*store, message_with_delivery("m2"))));
    EXPECT_THAT(reason_of([&] { store->message("m1"); }), HasSubstr("PostgreSQL"));
    EXPECT_TRUE(store->accepts());
    server().start();
    EXPECT_TRUE(comes_true([&] { return !store->away(); }));
    EXPECT_TRUE(store->message("m1"));
    commit(*store, message_with_delivery("m2"));
    expect_whole_chain(*store, 2);
}

TEST_F(PostgresDatabase, RefusesAtOnceWhileTheServerHangs) {
    const auto store = open();
    commit(*store, message_with_delivery("m1"));
    server().freeze("gateway");
    std::future<Outcome> stuck = submitted(*store, message_with_delivery("m2"));
    EXPECT_TRUE(comes_true([&] { return store->away().has_value(); }));
    std::future<Outcome> next = submitted(*store, message_with_delivery("m3"));
    ASSERT_EQ(next.wait_for(0s), std::future_status::ready);
    EXPECT_TRUE(is_unavailable(next.get()));
    server().thaw();
    stuck.get();  // taken or not: it is known
    EXPECT_TRUE(is_taken(*store, "m2"));
    EXPECT_TRUE(is_taken(*store, "m3"));
    EXPECT_TRUE(comes_true([&] { return !store->away(); }));
    expect_whole_chain(*store, 3);
}

// What one statement says is heard only with the next ones: still it is told whose it was.
TEST_F(PostgresDatabase, RefusesAUnitThatFailsLateAloneAmongItsNeighbours) {
    const auto store = open();
    execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'no'; END$$; CREATE TRIGGER refuse BEFORE INSERT ON answer "
        "FOR EACH ROW EXECUTE FUNCTION refuse()");
    UnitOfWork bad = message_with_delivery("bad");
    bad.add(AddAnswer{
        {"bad", "text/plain", "AA", std::make_shared<const std::string>("yes"), at_second(1)}});
    const auto lock = server().connect("gateway");
    postgres::begin_alone(*lock);  // the first waits for it, the others become one transaction
    std::future<Outcome> first = submitted(*store, message_with_delivery("m1"));
    EXPECT_TRUE(comes_true([&] { return store->busy_since().has_value(); }));
    std::future<Outcome> before = submitted(*store, message_with_delivery("m2"));
    std::future<Outcome> failing = submitted(*store, std::move(bad));
    std::future<Outcome> behind = submitted(*store, message_with_delivery("m3"));
    lock->execute("COMMIT");
    for (std::future<Outcome>* good : {&first, &before, &behind}) {
        EXPECT_TRUE(std::holds_alternative<Committed>(good->get()));
    }
    EXPECT_TRUE(is_unavailable(failing.get()));
    EXPECT_FALSE(store->message("bad"));
    expect_whole_chain(*store, 3);
}

// Two gateways see the same delivery: one of them is late, and its other work must not suffer.
TEST_F(PostgresDatabase, LosesAClaimWithoutALossForItsNeighbours) {
    const auto store = open();
    commit(*store, message_with_delivery("m1"));
    commit(*store, AddDelivery{delivery_named("other", "m1", "of its own")});
    commit(*open(), LeaseDelivery{"d-m1", 0, at_second(100), at_second(200)});
    const std::uint64_t commits = store->counters().commits;
    OneTransaction together(server(), *store);
    together.add(message_with_delivery("m3"));
    together.add(LeaseDelivery{"d-m1", 0, at_second(100), at_second(200)});
    together.add(LeaseDelivery{"other", 0, at_second(100), at_second(200)});
    const auto outcomes = together.outcomes();
    EXPECT_TRUE(is_committed(outcomes[0]));
    const auto* lost = std::get_if<PreconditionFailed>(&outcomes[1]);
    ASSERT_NE(lost, nullptr);
    EXPECT_EQ(lost->precondition, Precondition::lease);
    EXPECT_EQ(lost->found, "leased under lease 1");
    EXPECT_TRUE(is_committed(outcomes[2]));
    EXPECT_EQ(store->counters().commits, commits + 2) << "what was hoped for was written twice";
}

// A unit that has written something before it fails must leave nothing of it.
TEST_F(PostgresDatabase, RefusesAUnitInTheMidstOfItAndTakesItsNeighbours) {
    const auto store = open();
    commit(*store, message_with_delivery("m1"));
    UnitOfWork bad;
    bad.add(AddMessage{message_named("bad")});
    bad.add(AddAudit{audit_of("bad")});
    bad.add(SetMessageState{"m1", MessageState::queued, MessageState::sent, "", ""});
    UnitOfWork late;
    late.add(AddMessage{message_named("late")});
    late.add(AddTrace{{.message = "nobody",
                       .referral = {},
                       .at = at_second(1),
                       .stage = "late",
                       .text = "",
                       .measures = {}}});
    OneTransaction together(server(), *store);
    together.add(message_with_delivery("m2"));
    together.add(std::move(bad));
    together.add(std::move(late));
    together.add(message_with_delivery("m3"));
    const auto outcomes = together.outcomes();
    EXPECT_TRUE(is_committed(outcomes[0]));
    const auto* failed = std::get_if<PreconditionFailed>(&outcomes[1]);
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->write, 2U);
    EXPECT_EQ(failed->precondition, Precondition::state);
    EXPECT_EQ(failed->found, "received");
    EXPECT_TRUE(std::holds_alternative<PreconditionFailed>(outcomes[2]));
    EXPECT_TRUE(is_committed(outcomes[3]));
    EXPECT_FALSE(store->message("bad"));
    EXPECT_FALSE(store->message("late"));
    expect_whole_chain(*store, 4);
}

// The same message over two connections.
TEST_F(PostgresDatabase, TakesOneOfTwoThatWantTheSameKey) {
    const auto store = open();
    const Message first = message_named("m1");
    Message twin = message_named("twin");
    twin.duplicate_key = first.duplicate_key;
    OneTransaction together(server(), *store);
    together.add(AddMessage{first});
    together.add(AddMessage{twin});
    const auto outcomes = together.outcomes();
    EXPECT_TRUE(is_committed(outcomes[0]));
    const auto* failed = std::get_if<PreconditionFailed>(&outcomes[1]);
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->precondition, Precondition::unique_key);
    EXPECT_EQ(failed->found, "m1");
    EXPECT_FALSE(store->message("twin"));
}

TEST_F(PostgresDatabase, CommitsDurablyWhateverTheServersDefault) {
    options();
    execute("ALTER DATABASE gateway SET synchronous_commit = off");
    postgres::Connection connection(
        {{"host", server().folder()}, {"dbname", "gateway"}, {"user", "painbridge"}});
    EXPECT_EQ(connection.ask_number("SELECT (current_setting('synchronous_commit') = 'on')::int"),
              1);
}

TEST_F(PostgresDatabase, RefusesAServerThatMayLoseWhatItCommits) {
    const PostgresOptions wanted = options();
    execute("ALTER SYSTEM SET fsync = off");
    server().crash();
    EXPECT_THAT(reason_of([&] { open_postgres_store(wanted); }), HasSubstr("fsync = off"));
}

TEST_F(PostgresDatabase, WritesNoMoreOnceANewerPainbridgeHasMigratedIt) {
    const auto store = open();
    commit(*store, message_with_delivery("m1"));
    execute("INSERT INTO schema_version (version, name) VALUES (999, 'newer')");
    const Outcome outcome = outcome_of(*store, message_with_delivery("m2"));
    ASSERT_TRUE(std::holds_alternative<Unavailable>(outcome));
    EXPECT_THAT(std::get<Unavailable>(outcome).reason, HasSubstr("version 999"));
    EXPECT_FALSE(store->accepts());
    EXPECT_THAT(store->outdated().value_or(""), HasSubstr("replace it"));
    EXPECT_THAT(reason_of([&] { open(); }), HasSubstr("version 999"));
    EXPECT_THAT(reason_of([&] { open_postgres_reads(options()); }), HasSubstr("version 999"));
}

TEST_F(PostgresDatabase, SaysWhichKeyIsMissing) {
    open();
    PostgresOptions other = options();
    other.general.keys = keys_of("b");
    EXPECT_THAT(reason_of([&] { open_postgres_store(other); }), HasSubstr("master key"));
}

TEST_F(PostgresDatabase, BringsTextOfOtherEncodingsBackAsItCame) {
    const auto store = open();
    Message message = message_named("m1");
    message.control_id = std::string("Z\xF6llner\0end", 11);
    message.duplicate_key = "GP|Z\xF6llner";
    commit(*store, AddMessage{message});
    EXPECT_EQ(store->message("m1")->control_id, message.control_id);
    EXPECT_TRUE(store->duplicate("gp", "GP|Z\xF6llner", at_second(11)));
    EXPECT_FALSE(store->duplicate("gp", "GP|Z\xF7llner", at_second(11)));
}

// A server that wants TLS, as one on another machine does.
class PostgresOverTls : public PostgresDatabase {
protected:
    PostgresOverTls() : target_(options().target) {
        execute(
            "SET password_encryption = 'scram-sha-256'; "
            "ALTER ROLE painbridge PASSWORD 'correct horse'; CREATE ROLE partner LOGIN "
            "SUPERUSER");
        const CertificateFiles own = certificates_.server_files;
        target_.port = server().listen_with_tls(own.certificate, own.private_key,
                                                certificates_.authority_file);
        target_.host = "127.0.0.1";
        target_.password = "correct horse";
        target_.ca = certificates_.authority_file;
    }

    PostgresOptions over_tls() const {
        PostgresOptions options;
        options.target = target_;
        options.general.keys = keys_of("a");
        return options;
    }

    TestCertificates certificates_;
    PostgresTarget target_;
};

TEST_F(PostgresOverTls, WritesAndReadsWithItsPassword) {
    const auto store = open_postgres_store(over_tls());
    commit(*store, message_with_delivery("m1"));
    EXPECT_TRUE(store->message("m1"));
    const auto watcher = server().connect("gateway");
    const std::string connections =
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
        "WHERE application_name = 'painbridge' AND version >= 'TLSv1.2' AND ssl = ";
    EXPECT_GT(watcher->ask_number(connections + "true"), 1);
    EXPECT_EQ(watcher->ask_number(connections + "false"), 0);
    EXPECT_GT(server().cut_connections("gateway"), 1);
    EXPECT_TRUE(is_taken(*store, "m2"));
}

TEST_F(PostgresOverTls, IsNotLetInWithAnotherPassword) {
    target_.password = "battery staple";
    const std::string reason = reason_of([&] { open_postgres_store(over_tls()); });
    EXPECT_THAT(reason, HasSubstr("password authentication failed"));
    EXPECT_THAT(reason, Not(HasSubstr("battery")));
}

TEST_F(PostgresOverTls, ShowsItsCertificateInsteadOfAPassword) {
    target_.user = "partner";  // the name in the certificate
    target_.password.clear();
    EXPECT_THAT(reason_of([&] { open_postgres_store(over_tls()); }), HasSubstr("certificate"));
    target_.certificate = certificates_.client_files.certificate;
    target_.key = certificates_.client_files.private_key;
    const auto store = open_postgres_store(over_tls());
    commit(*store, message_with_delivery("m1"));
}

TEST_F(PostgresOverTls, SpeaksToNoServerOfAnotherAuthority) {
    const TestCertificates strangers;
    target_.ca = strangers.authority_file;
    EXPECT_THAT(reason_of([&] { open_postgres_store(over_tls()); }),
                HasSubstr("certificate verify failed"));
}

TEST_F(PostgresOverTls, SpeaksToNoServerOfAnotherName) {
    server().pull_the_plug();
    const CertificateFiles other =
        certificates_.issue({.common_name = "other", .dns_names = {"other.example"}}, "other");
    PostgresServer elsewhere;
    elsewhere.database("gateway");
    elsewhere.connect("postgres")->execute("ALTER ROLE painbridge PASSWORD 'correct horse'");
    target_.port = elsewhere.listen_with_tls(other.certificate, other.private_key,
                                             certificates_.authority_file);
    EXPECT_THAT(reason_of([&] { open_postgres_store(over_tls()); }),
                HasSubstr("does not match host name"));
}

TEST(PostgresTarget, KnowsWhichHostsAreThisMachine) {
    const auto is_local = [](const std::string& host) {
        PostgresTarget target;
        target.host = host;
        return target.is_local();
    };
    EXPECT_TRUE(is_local("/run/postgresql"));
    EXPECT_TRUE(is_local("127.0.0.1"));
    EXPECT_FALSE(is_local("db.example"));
    EXPECT_FALSE(is_local("localhost,db.example"));
    EXPECT_FALSE(is_local(""));
}

}  // namespace gateway::test
