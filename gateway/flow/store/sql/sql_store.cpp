#include "gateway/flow/store/sql/sql_store.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "gateway/base/act.h"
#include "gateway/flow/store/keys_in_use.h"
#include "gateway/flow/store/sql/inspect.h"
#include "gateway/flow/store/sql/reads.h"
#include "gateway/flow/store/sql/writer.h"

namespace gateway::sql {

namespace {

class SqlStore final : public Store {
public:
    SqlStore(ReaderPool::Open reading, std::unique_ptr<Session> writing,
             const StoreOptions& options, std::shared_ptr<void> held)
        : held_(std::move(held)),
          duplicates_kept_(options.duplicates_kept),
          keys_(std::make_shared<KeysInUse>(options.keys)),
          readers_(std::move(reading), options.readers) {
        if (writing) {
            writer_.emplace(std::move(writing), keys_,
                            WriterLimits{options.duplicates_kept, options.units_per_commit_max,
                                         options.waiting_max});
        }
    }

    // The last continuations may look something up: they run before the readers go.
    ~SqlStore() override { stop(); }

    SqlStore(const SqlStore&) = delete;
    SqlStore& operator=(const SqlStore&) = delete;
    SqlStore(SqlStore&&) = delete;
    SqlStore& operator=(SqlStore&&) = delete;

    void submit(UnitOfWork unit, Executor executor, Continuation continuation) override {
        writer_.value().submit(std::move(unit), std::move(executor), std::move(continuation));
    }

    StoreCounters counters() const override { return writer_.value().counters(); }

    bool is_shared() const override { return writer_.value().is_shared(); }

    void hear(std::function<void(const std::string& destination)> told) override {
        writer_.value().hear(std::move(told));
    }

    bool accepts() const override { return writer_ && writer_->accepts(); }

    std::optional<std::string> away() const override {
        return writer_ ? writer_->away() : std::nullopt;
    }

    std::optional<std::string> outdated() const override {
        return writer_ ? writer_->outdated() : std::nullopt;
    }

    std::optional<SteadyTime> busy_since() const override { return writer_.value().busy_since(); }

    void stop() final {
        if (writer_) {
            writer_->stop();
        }
    }

    std::optional<Message> message(std::string_view id) const override {
        return readers_.read(
            [&](Connection& from) { return find_message(from, keys_->opening().get(), id); });
    }

    std::optional<MessageState> message_state(std::string_view id) const override {
        return readers_.read([&](Connection& from) { return find_message_state(from, id); });
    }

    std::vector<Message> messages_in(MessageState state, std::uint64_t after,
                                     std::size_t limit) const override {
        return readers_.read(
            [&](Connection& from) { return list_messages(from, state, after, limit); });
    }

    std::vector<Message> received_of(std::string_view order_key, std::uint64_t after,
                                     std::size_t limit) const override {
        return readers_.read(
            [&](Connection& from) { return list_received_of(from, order_key, after, limit); });
    }

    std::vector<Message> stranded(std::uint64_t after, std::size_t limit) const override {
        return readers_.read([&](Connection& from) { return list_stranded(from, after, limit); });
    }

    std::optional<Duplicate> duplicate(std::string_view partner, std::string_view key,
                                       Instant now) const override {
        const Instant since = now - duplicates_kept_;
        return readers_.read([&](Connection& from) {
            return find_duplicate(from, keys_->opening().get(), partner, key, since);
        });
    }

    std::optional<Answer> answer(std::string_view message) const override {
        return readers_.read(
            [&](Connection& from) { return find_answer(from, keys_->opening().get(), message); });
    }

    std::optional<Duty> duty(std::string_view name) const override {
        return readers_.read([&](Connection& from) { return find_duty(from, name); });
    }

    std::vector<Delivery> due_deliveries(std::string_view destination, const DueTime& time,
                                         std::size_t limit) const override {
        return readers_.read(
            [&](Connection& from) { return find_due(from, destination, time, limit); });
    }

    std::optional<Instant> next_attempt(std::string_view destination) const override {
        return readers_.read(
            [&](Connection& from) { return find_next_attempt(from, destination); });
    }

    std::optional<Delivery> delivery(std::string_view id) const override {
        return readers_.read(
            [&](Connection& from) { return find_delivery(from, keys_->opening().get(), id); });
    }

    std::optional<Delivery> delivery_record(std::string_view id) const override {
        return readers_.read([&](Connection& from) { return find_delivery_record(from, id); });
    }

    std::vector<Delivery> deliveries_of(std::string_view message) const override {
        return readers_.read([&](Connection& from) { return find_deliveries_of(from, message); });
    }

    std::vector<Delivery> deliveries_in(DeliveryState state, std::string_view destination,
                                        std::uint64_t after, std::size_t limit) const override {
        return readers_.read([&](Connection& from) {
            return list_deliveries(from, state, destination, after, limit);
        });
    }

    std::vector<MessageCount> message_counts() const override {
        return readers_.read(count_messages);
    }

    std::vector<DeliveryCount> delivery_counts() const override {
        return readers_.read(count_deliveries);
    }

    Trace trace(std::string_view id) const override {
        return readers_.read([&](Connection& from) { return find_trace(from, id); });
    }

    std::vector<Referral> referrals(std::string_view id) const override {
        return readers_.read(
            [&](Connection& from) { return find_referrals(from, ReferralKey::id, id); });
    }

    std::vector<Referral> referrals_by_placer(std::string_view placer_token) const override {
        return readers_.read([&](Connection& from) {
            return find_referrals(from, ReferralKey::placer_token, placer_token);
        });
    }

    std::optional<Referral> referral_of_task(std::string_view task) const override {
        auto found = readers_.read(
            [&](Connection& from) { return find_referrals(from, ReferralKey::task, task); });
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    }

    std::optional<ResourceVersion> resource(std::string_view type,
                                            std::string_view id) const override {
        return readers_.read(
            [&](Connection& from) { return find_latest(from, keys_->opening().get(), type, id); });
    }

    std::vector<std::optional<ResourceMark>> resource_marks(
        const std::vector<ResourceKey>& keys) const override {
        return readers_.read([&](Connection& from) { return find_marks(from, keys); });
    }

    std::optional<ResourceVersion> resource_version(std::string_view type, std::string_view id,
                                                    std::uint64_t version) const override {
        return readers_.read([&](Connection& from) {
            return find_version(from, keys_->opening().get(), type, id, version);
        });
    }

    std::vector<ResourceVersion> resources_with(std::string_view type, std::string_view parameter,
                                                std::string_view token,
                                                std::size_t limit) const override {
        return readers_.read([&](Connection& from) {
            return find_with_token(from, keys_->opening().get(), {type, parameter, token}, limit);
        });
    }

    std::vector<AuditRecord> audit_after(std::uint64_t sequence, std::size_t limit) const override {
        return readers_.read([&](Connection& from) { return list_audit(from, sequence, limit); });
    }

    std::vector<Change> changes_after(std::uint64_t sequence, std::size_t limit) const override {
        return readers_.read([&](Connection& from) { return list_changes(from, sequence, limit); });
    }

    std::optional<Artefact> artefact(std::string_view hash) const override {
        return readers_.read([&](Connection& from) { return find_artefact(from, hash); });
    }

    std::vector<ExpiredMessage> expired_messages(Instant before, const ExpiredMessage& after,
                                                 std::size_t limit) const override {
        return readers_.read(
            [&](Connection& from) { return list_expired(from, before, after, limit); });
    }

    std::vector<std::string> master_keys() const override {
        return readers_.read(list_master_keys);
    }

    std::vector<MasterKeyUse> master_key_uses() const override {
        return readers_.read(count_data_keys);
    }

    std::vector<StoredPayloadKey> data_keys_after(std::uint64_t after,
                                                  std::size_t limit) const override {
        return readers_.read([&](Connection& from) { return list_data_keys(from, after, limit); });
    }

private:
    // In this order: the readers close before the writer, which then tidies SQLite's log away; what
    // is held is the last to go.
    std::shared_ptr<void> held_;
    std::chrono::milliseconds duplicates_kept_;
    std::shared_ptr<KeysInUse> keys_;
    std::optional<Writer> writer_;
    mutable ReaderPool readers_;
};

}  // namespace

// What the store holds is worth nothing without its keys: better said now than message by message.
void check_master_keys(Connection& connection, const KeyRing& keys, const std::string& store,
                       Writers writers) {
    const Act act(ActSite::master_key);
    if (writers == Writers::one) {
        connection.run("DELETE FROM master_key WHERE NOT EXISTS (SELECT 1 FROM data_key)");
    }
    Query row(connection, "SELECT id FROM master_key ORDER BY id");
    while (row.step()) {
        if (!keys.has(row.text(0))) {
            throw Failure(
                Category::unavailable, "the store cannot be opened",
                fmt::format("{} holds records under the master key {}, which is not among "
                            "store.keys: put that key's file back into the list, behind the first "
                            "(from the backup of your keys; without it they cannot be read)",
                            store, row.text(0)));
        }
    }
    const auto noted =
        writers == Writers::one ? std::vector<std::string>{keys.current()} : keys.ids();
    for (const std::string& id : noted) {
        connection.run("INSERT INTO master_key (id) VALUES (?1) ON CONFLICT DO NOTHING", {id});
    }
}

std::unique_ptr<Store> make_store(ReaderPool::Open reading, std::unique_ptr<Session> writing,
                                  const StoreOptions& options, std::shared_ptr<void> held) {
    return std::make_unique<SqlStore>(std::move(reading), std::move(writing), options,
                                      std::move(held));
}

}  // namespace gateway::sql
