// Each look-up as SQL. A null key ring reads all but sealed payloads. Throws `SqlError`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/flow/store/payload.h"
#include "gateway/flow/store/sql/connection.h"
#include "gateway/flow/store/store.h"

namespace gateway::sql {

std::optional<Message> find_message(Connection&, const KeyRing*, std::string_view id);
std::optional<MessageState> find_message_state(Connection&, std::string_view id);
std::vector<Message> list_messages(Connection&, MessageState, std::uint64_t after, std::size_t);
std::vector<Message> list_received_of(Connection&, std::string_view order_key, std::uint64_t after,
                                      std::size_t);
std::vector<Message> list_stranded(Connection&, std::uint64_t after, std::size_t);
std::optional<Duplicate> find_duplicate(Connection&, const KeyRing*, std::string_view partner,
                                        std::string_view key, Instant received_since);
std::optional<Answer> find_answer(Connection&, const KeyRing*, std::string_view message);
std::optional<Duty> find_duty(Connection&, std::string_view name);
std::vector<MessageCount> count_messages(Connection&);

std::vector<Delivery> find_due(Connection&, std::string_view destination, const DueTime&,
                               std::size_t);
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
std::vector<std::optional<ResourceMark>> find_marks(Connection&,
                                                    const std::vector<ResourceKey>& keys);
std::optional<ResourceVersion> find_latest(Connection&, const KeyRing*, std::string_view type,
                                           std::string_view id);
std::optional<ResourceVersion> find_version(Connection&, const KeyRing*, std::string_view type,
                                            std::string_view id, std::uint64_t version);

struct TokenSearch {
    std::string_view type;
    std::string_view parameter;
    std::string_view token;
};

std::vector<ResourceVersion> find_with_token(Connection&, const KeyRing*, const TokenSearch&,
                                             std::size_t limit);
std::vector<Change> list_changes(Connection&, std::uint64_t after, std::size_t limit);
std::optional<Artefact> find_artefact(Connection&, std::string_view hash);
std::vector<ExpiredMessage> list_expired(Connection&, Instant before, const ExpiredMessage& after,
                                         std::size_t limit);
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

}  // namespace gateway::sql
