// The look-ups as SQL, over a small pool of read-only connections: each runs on a connection of its
// own, so that readers never wait for the writer. A null key ring reads all but sealed payloads.
// Thread-safe; one mutex guards the pool.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/flow/store/payload.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/store.h"

namespace gateway::sqlite {

class ReaderPool final {
public:
    ReaderPool(const std::string& path, const std::string& vfs, std::size_t connections);

    // Runs `look_up` with a connection; waits for one with a deadline. An SQLite error becomes a
    // `Failure`.
    template <class Function>
    auto read(const Function& look_up) -> decltype(look_up(std::declval<Connection&>())) {
        const Lease lease(*this);
        try {
            return look_up(*lease.connection);
        } catch (const SqliteError& error) {
            throw failure_of(error);
        }
    }

private:
    struct Lease {
        explicit Lease(ReaderPool& from);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Lease(Lease&&) = delete;
        Lease& operator=(Lease&&) = delete;

        ReaderPool& pool;
        std::unique_ptr<Connection> connection;
    };

    static Failure failure_of(const SqliteError& error);

    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> free_;
};

std::optional<Message> find_message(Connection&, const KeyRing*, std::string_view id);
std::optional<MessageState> find_message_state(Connection&, std::string_view id);
std::vector<Message> list_messages(Connection&, MessageState, std::uint64_t after, std::size_t);
std::optional<Duplicate> find_duplicate(Connection&, const KeyRing*, std::string_view partner,
                                        std::string_view key, Instant received_since);
std::optional<Answer> find_answer(Connection&, const KeyRing*, std::string_view message);
std::vector<MessageCount> count_messages(Connection&);

std::vector<Delivery> find_due(Connection&, std::string_view destination, Instant, std::size_t);
std::optional<Instant> find_next_attempt(Connection&, std::string_view destination);
std::optional<Delivery> find_delivery(Connection&, const KeyRing*, std::string_view id);
std::optional<Delivery> find_delivery_record(Connection&, std::string_view id);
std::vector<Delivery> find_deliveries_of(Connection&, std::string_view message);
std::vector<Delivery> list_deliveries(Connection&, DeliveryState, std::string_view destination,
                                      std::uint64_t after, std::size_t limit);
std::vector<DeliveryCount> count_deliveries(Connection&);

Trace find_trace(Connection&, std::string_view id);
std::vector<AuditRecord> list_audit(Connection&, std::uint64_t after, std::size_t limit);

enum class ReferralKey { id, task, placer_token };

std::vector<Referral> find_referrals(Connection&, ReferralKey, std::string_view value);
std::optional<ResourceMark> find_mark(Connection&, std::string_view type, std::string_view id);
std::optional<ResourceVersion> find_latest(Connection&, const KeyRing*, std::string_view type,
                                           std::string_view id);
std::optional<ResourceVersion> find_version(Connection&, const KeyRing*, std::string_view type,
                                            std::string_view id, std::uint64_t version);
std::vector<ResourceVersion> find_with_token(Connection&, const KeyRing*, std::string_view type,
                                             std::string_view parameter, std::string_view token,
                                             std::size_t limit);
std::vector<Change> list_changes(Connection&, std::uint64_t after, std::size_t limit);
std::optional<Artefact> find_artefact(Connection&, std::string_view hash);
std::vector<std::string> list_master_keys(Connection&);
std::vector<StoredPayloadKey> list_data_keys(Connection&, std::uint64_t after, std::size_t limit);

// Columns codec, digest, bytes and the wrapped data key from `first` on.
StoredPayload payload_at(const Query& query, int first);

// A stored word that this program does not know: damage, or a newer program's.
template <class Enumeration>
Enumeration known(const std::optional<Enumeration>& word) {
    if (!word) {
        throw Failure(Category::fault, "a stored record cannot be read",
                      "a stored state is unknown: the record is damaged");
    }
    return *word;
}

}  // namespace gateway::sqlite
