#include "gateway/flow/pipeline/reload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway {
namespace {

Snapshot snapshot_of(Settings settings, std::string id_key = "key") {
    Snapshot snapshot;
    snapshot.settings = std::make_shared<const Settings>(std::move(settings));
    snapshot.id_key = std::move(id_key);
    return snapshot;
}

std::vector<std::string> refused_keys(const Snapshot& running, const Snapshot& wanted) {
    Issues issues;
    check_reload(running, wanted, issues);
    std::vector<std::string> keys;
    for (const Issue& issue : issues) {
        EXPECT_NE(issue.text.find("needs a restart"), std::string::npos);
        keys.push_back(issue.path);
    }
    return keys;
}

TEST(Reload, TakesOverPartnersCertificatesAndMaps) {
    Settings wanted;
    wanted.partners.emplace_back().id = "new";
    wanted.listen.mllp.certificate = "other.pem";
    wanted.listen.https.trust.push_back({"clinics", "clinics.pem"});
    wanted.mappings.folder = "other";
    wanted.gateway.name = "OTHER";
    EXPECT_TRUE(refused_keys(snapshot_of({}), snapshot_of(wanted)).empty());
}

TEST(Reload, RefusesEveryChangeThatNeedsARestart) {
    Settings wanted;
    wanted.listen.mllp.address = Address{"127.0.0.1", 2575};
    wanted.listen.https.address = Address{"127.0.0.1", 8443};
    wanted.listen.ops.address.reset();
    wanted.store.path = "other.db";
    wanted.limits.connections_max = 1;
    wanted.threads.io = 2;
    wanted.log.file = "other.log";
    EXPECT_EQ(refused_keys(snapshot_of({}), snapshot_of(wanted, "other key")),
              (std::vector<std::string>{"listen.mllp.address", "listen.https.address",
                                        "listen.ops.address", "store", "limits", "threads", "log",
                                        "ids.key"}));
}

TEST(Reload, TakesOverTheKeysOfTheStore) {
    Settings wanted;
    wanted.store.keys.push_back({SecretReference::Kind::file, "new.key"});
    EXPECT_TRUE(refused_keys(snapshot_of({}), snapshot_of(wanted)).empty());
}

TEST(Reload, RefusesToTakeAKeyAwayThatTheStoreNeeds) {
    const test::TemporaryFolder folder;
    SqliteOptions options;
    options.path = folder.path() / "store.db";
    options.keys = test::keys_of("a");
    const auto store = open_sqlite_store(options);
    Snapshot wanted = snapshot_of({});
    for (const auto& [letters, faults] : {std::pair{"ba", 0}, {"a", 0}, {"b", 1}}) {
        Issues issues;
        wanted.store_keys = test::keys_of(letters);
        check_store_keys(*store, wanted, issues);
        EXPECT_EQ(std::distance(issues.begin(), issues.end()), faults) << letters;
    }
}

TEST(Reload, NamesTheOldAndTheNewAddress) {
    Settings running;
    running.listen.mllp.address = Address{"127.0.0.1", 2575};
    Settings wanted;
    wanted.listen.mllp.address = Address{"127.0.0.1", 2576};
    Issues issues;
    check_reload(snapshot_of(running), snapshot_of(wanted), issues);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_NE(issues[0].text.find("127.0.0.1:2575"), std::string::npos);
    EXPECT_NE(issues[0].text.find("127.0.0.1:2576"), std::string::npos);
}

}  // namespace
}  // namespace gateway
