#include "gateway/flow/store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/flow/store/sql/reader_pool.h"
#include "gateway/flow/store/sql/reads.h"
#include "gateway/flow/store/sql/writes.h"
#include "gateway/flow/store/sqlite/file_lock.h"
#include "gateway/flow/store/sqlite/migrations.h"
#include "gateway/flow/store/sqlite/writer.h"

namespace gateway {

namespace {

using namespace sqlite;
using sql::ReaderPool;
using sql::ReferralKey;

// Reasons: flow/store/README.md, "Settings of SQLite".
constexpr const char* writer_settings =
    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; "
    "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000; "
    "PRAGMA journal_size_limit = 67108864";

constexpr const char* reader_settings =
    "PRAGMA query_only = 1; PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0; "
    "PRAGMA cache_size = -4000";

Failure cannot_open(const SqliteError& error, const std::string& path) {
    if (error.is_damage()) {
        return {Category::fault, "the store is damaged",
                path + ": " + error.what() + ": restore it from a backup"};
    }
    return {Category::unavailable, "the store cannot be opened", path + ": " + error.what()};
}

void check_integrity(Connection& connection, const std::string& path) {
    Query row(connection, "PRAGMA quick_check(1)");
    if (!row.step() || row.text(0) != "ok") {
        throw Failure(Category::fault, "the store is damaged",
                      path + " failed SQLite's integrity check (" + row.string(0) +
                          "): restore it from a backup");
    }
}

// The file holds people's data: for its owner only. SQLite gives the log beside it the same mode.
void make_private_file(const std::string& path) {
    constexpr mode_t owner_only = 0600;
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_only);
    if (descriptor < 0) {
        throw Failure(Category::unavailable, "the store cannot be opened",
                      path + " cannot be made: " + std::generic_category().message(errno));
    }
    ::close(descriptor);
}

void use_write_ahead_log(Connection& connection, const std::string& path) {
    Query row(connection, "PRAGMA journal_mode = WAL");
    if (!row.step() || row.text(0) != "wal") {
        throw Failure(Category::unavailable, "the store cannot be opened",
                      path +
                          " stands on a file system without shared memory (a network share?): "
                          "name a path on a local disk in [store]");
    }
}

// Versions 1 and 2 were never released and kept payloads as they are; they are not converted.
void refuse_plain_payloads(Connection& connection, const std::string& path) {
    constexpr std::int64_t sealed_since = 3;
    const std::int64_t present = schema_version(connection);
    if (present > 0 && present < sealed_since &&
        Query(connection, "SELECT 1 FROM message LIMIT 1").step()) {
        throw Failure(Category::fault, "the store cannot be opened",
                      path +
                          " is from before payloads were encrypted: let the former Painbridge "
                          "deliver what is in it, then name another path in [store]");
    }
}

// What the store holds is worth nothing without its keys: better said now than message by message.
void check_keys(Connection& connection, const KeyRing& keys, const std::string& path) {
    connection.run("DELETE FROM master_key WHERE NOT EXISTS (SELECT 1 FROM data_key)");
    Query row(connection, "SELECT id FROM master_key ORDER BY id");
    while (row.step()) {
        if (!keys.has(row.text(0))) {
            throw Failure(
                Category::unavailable, "the store cannot be opened",
                fmt::format("{} holds records under the master key {}, which is not among "
                            "store.keys: put that key's file back into the list, behind the first "
                            "(from the backup of your keys; without it they cannot be read)",
                            path, row.text(0)));
        }
    }
    connection.run("INSERT OR IGNORE INTO master_key (id) VALUES (?1)", {keys.current()});
}

std::unique_ptr<Connection> open_for_writing(const SqliteOptions& options) {
    make_private_file(options.path);
    auto connection = std::make_unique<Connection>(options.path, Access::read_write, options.vfs);
    use_write_ahead_log(*connection, options.path);
    connection->execute(writer_settings);
    check_integrity(*connection, options.path);
    refuse_plain_payloads(*connection, options.path);
    migrate(*connection, options.path, shipped_migrations());
    check_keys(*connection, *options.keys, options.path);
    sql::release_leases(*connection);
    sync_directory_of(options.path);
    return connection;
}

void check_version(const SqliteOptions& options) {
    Connection connection(options.path, Access::read_only, options.vfs);
    connection.keep_log_on_close();
    const std::int64_t latest = shipped_migrations().back().version;
    const std::int64_t present = schema_version(connection);
    if (present != latest) {
        throw Failure(Category::fault, "the store cannot be opened",
                      options.path + " has schema version " + std::to_string(present) +
                          ", this Painbridge reads version " + std::to_string(latest));
    }
}

std::unique_ptr<sql::Connection> open_for_reading(const SqliteOptions& options) {
    auto connection = std::make_unique<Connection>(options.path, Access::read_only, options.vfs);
    connection->keep_log_on_close();
    connection->execute(reader_settings);
    return connection;
}

class SqliteStore final : public Store {
public:
    explicit SqliteStore(const SqliteOptions& options, std::unique_ptr<FileLock> lock,
                         std::unique_ptr<Connection> writing)
        : lock_(std::move(lock)),
          duplicates_kept_(options.duplicates_kept),
          keys_(options.keys),
          readers_([options] { return open_for_reading(options); }, options.readers) {
        if (writing) {
            writer_.emplace(std::move(writing), options.keys,
                            WriterLimits{options.duplicates_kept, options.units_per_commit_max,
                                         options.waiting_max});
        }
    }

    // The last continuations may look something up: they run before the readers go.
    ~SqliteStore() override { stop(); }

    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;
    SqliteStore(SqliteStore&&) = delete;
    SqliteStore& operator=(SqliteStore&&) = delete;

    void submit(UnitOfWork unit, Executor executor, Continuation continuation) override {
        writer_.value().submit(std::move(unit), std::move(executor), std::move(continuation));
    }

    StoreCounters counters() const override { return writer_.value().counters(); }

    bool accepts() const override { return writer_ && writer_->accepts(); }

    void stop() final {
        if (writer_) {
            writer_->stop();
        }
    }

    std::optional<Message> message(std::string_view id) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_message(from, keys_.get(), id); });
    }

    std::optional<MessageState> message_state(std::string_view id) const override {
        return readers_.read([&](sql::Connection& from) { return find_message_state(from, id); });
    }

    std::vector<Message> messages_in(MessageState state, std::uint64_t after,
                                     std::size_t limit) const override {
        return readers_.read(
            [&](sql::Connection& from) { return list_messages(from, state, after, limit); });
    }

    std::optional<Duplicate> duplicate(std::string_view partner, std::string_view key,
                                       Instant now) const override {
        const Instant since = now - duplicates_kept_;
        return readers_.read([&](sql::Connection& from) {
            return find_duplicate(from, keys_.get(), partner, key, since);
        });
    }

    std::optional<Answer> answer(std::string_view message) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_answer(from, keys_.get(), message); });
    }

    std::vector<Delivery> due_deliveries(std::string_view destination, Instant now,
                                         std::size_t limit) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_due(from, destination, now, limit); });
    }

    std::optional<Instant> next_attempt(std::string_view destination) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_next_attempt(from, destination); });
    }

    std::optional<Delivery> delivery(std::string_view id) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_delivery(from, keys_.get(), id); });
    }

    std::optional<Delivery> delivery_record(std::string_view id) const override {
        return readers_.read([&](sql::Connection& from) { return find_delivery_record(from, id); });
    }

    std::vector<Delivery> deliveries_of(std::string_view message) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_deliveries_of(from, message); });
    }

    std::vector<Delivery> deliveries_in(DeliveryState state, std::string_view destination,
                                        std::uint64_t after, std::size_t limit) const override {
        return readers_.read([&](sql::Connection& from) {
            return list_deliveries(from, state, destination, after, limit);
        });
    }

    std::vector<MessageCount> message_counts() const override {
        return readers_.read(sql::count_messages);
    }

    std::vector<DeliveryCount> delivery_counts() const override {
        return readers_.read(sql::count_deliveries);
    }

    Trace trace(std::string_view id) const override {
        return readers_.read([&](sql::Connection& from) { return find_trace(from, id); });
    }

    std::vector<Referral> referrals(std::string_view id) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_referrals(from, ReferralKey::id, id); });
    }

    std::vector<Referral> referrals_by_placer(std::string_view placer_token) const override {
        return readers_.read([&](sql::Connection& from) {
            return find_referrals(from, ReferralKey::placer_token, placer_token);
        });
    }

    std::optional<Referral> referral_of_task(std::string_view task) const override {
        auto found = readers_.read(
            [&](sql::Connection& from) { return find_referrals(from, ReferralKey::task, task); });
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    }

    std::optional<ResourceVersion> resource(std::string_view type,
                                            std::string_view id) const override {
        return readers_.read(
            [&](sql::Connection& from) { return find_latest(from, keys_.get(), type, id); });
    }

    std::optional<ResourceMark> resource_mark(std::string_view type,
                                              std::string_view id) const override {
        return readers_.read([&](sql::Connection& from) { return find_mark(from, type, id); });
    }

    std::optional<ResourceVersion> resource_version(std::string_view type, std::string_view id,
                                                    std::uint64_t version) const override {
        return readers_.read([&](sql::Connection& from) {
            return find_version(from, keys_.get(), type, id, version);
        });
    }

    std::vector<ResourceVersion> resources_with(std::string_view type, std::string_view parameter,
                                                std::string_view token,
                                                std::size_t limit) const override {
        return readers_.read([&](sql::Connection& from) {
            return find_with_token(from, keys_.get(), type, parameter, token, limit);
        });
    }

    std::vector<AuditRecord> audit_after(std::uint64_t sequence, std::size_t limit) const override {
        return readers_.read(
            [&](sql::Connection& from) { return list_audit(from, sequence, limit); });
    }

    std::vector<Change> changes_after(std::uint64_t sequence, std::size_t limit) const override {
        return readers_.read(
            [&](sql::Connection& from) { return list_changes(from, sequence, limit); });
    }

    std::optional<Artefact> artefact(std::string_view hash) const override {
        return readers_.read([&](sql::Connection& from) { return find_artefact(from, hash); });
    }

    std::vector<std::string> master_keys() const override {
        return readers_.read(sql::list_master_keys);
    }

    std::vector<StoredPayloadKey> data_keys_after(std::uint64_t after,
                                                  std::size_t limit) const override {
        return readers_.read(
            [&](sql::Connection& from) { return list_data_keys(from, after, limit); });
    }

private:
    // In this order: the readers close before the writer, which then tidies the log away; the lock
    // is the last to go.
    std::unique_ptr<FileLock> lock_;
    std::chrono::milliseconds duplicates_kept_;
    std::shared_ptr<const KeyRing> keys_;
    std::optional<Writer> writer_;
    mutable ReaderPool readers_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const SqliteOptions& options) {
    if (!options.keys) {
        throw std::logic_error("a store is not written without keys");
    }
    try {
        auto lock = std::make_unique<FileLock>(options.path);
        auto writing = open_for_writing(options);
        return std::make_unique<SqliteStore>(options, std::move(lock), std::move(writing));
    } catch (const SqliteError& error) {
        throw cannot_open(error, options.path);
    }
}

std::unique_ptr<StoreReads> open_sqlite_reads(const SqliteOptions& options) {
    try {
        check_version(options);
        return std::make_unique<SqliteStore>(options, nullptr, nullptr);
    } catch (const SqliteError& error) {
        throw cannot_open(error, options.path);
    }
}

}  // namespace gateway
