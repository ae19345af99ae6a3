// A unit of work: a list of typed writes that become durable together or not at all, each with its
// precondition. A value: built by pure code, handed to `Store::submit`, may be built again and
// resubmitted when a precondition failed. The list of writes is closed: there is no other way to
// change the store.
//
// "Assigned" below is the number that `Committed::assigned` holds at the write's position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/flow/message/audit_record.h"
#include "gateway/flow/message/message.h"
#include "gateway/flow/message/referral.h"
#include "gateway/flow/message/trace.h"
#include "gateway/flow/store/key_ring.h"
#include "gateway/flow/store/outbox_writes.h"
#include "gateway/flow/store/records.h"
#include "gateway/flow/store/shared_writes.h"

namespace gateway {

// What a duplicate key that is still kept means for a new message.
enum class OnDuplicate {
    fail,     // precondition `unique_key`; found: the id of the message that holds the key
    replace,  // the key passes to the new message, if `AddMessage::holder` or nobody has it
};

// Precondition: the id is new; the duplicate key is free within the sender's partner id, or held by
// the one message that gives it up (as it was read: another one may have come between).
// `message.digest` must be that of its bytes: every reading checks it. Assigned: the receive
// sequence.
struct AddMessage {
    Message message;
    OnDuplicate on_duplicate = OnDuplicate::fail;
    std::string holder = {};  // id
};

// Precondition: the message is in state `expected`. One that is received again is in nobody's
// hands.
struct SetMessageState {
    std::string message;
    MessageState expected = MessageState::received;
    MessageState next = MessageState::queued;
    std::string reason = {};
    std::string settings_hash = {};  // of the snapshot it ran under now; empty: as before
};

// `sequence`, `previous` and `hash` are given by the store, in commit order. Assigned: sequence.
struct AddAudit {
    AuditRecord record;
};

// Precondition: the latest version is `expected_version` (0: there is none yet). Also appends the
// change that tells of it. `resource.version` is not read. Assigned: the new version.
struct PutResource {
    ResourceVersion resource;
    std::uint64_t expected_version = 0;
    std::optional<Sha256> digest = std::nullopt;  // of its bytes, where it is known already
};

enum class TokenRule {
    shared,  // many resources may have it
    unique,  // precondition: no other id of that type has it in its latest version
};

// A way to find the latest version of a resource. Values of people are keyed hashes; status and
// time stand in plain text. Belongs to one version: write them again with each.
struct AddSearchToken {
    std::string type;
    std::string id;
    std::uint64_t version = 0;
    std::string parameter;  // search parameter, such as identifier
    std::string token;
    TokenRule rule = TokenRule::shared;
};

// Precondition: the message is there, where one is named.
struct AddTrace {
    TraceEvent event;
};

// Precondition: version of (id, task) is `expected_version` (0: new). Assigned: the new version.
struct PutReferral {
    Referral referral;
    std::uint64_t expected_version = 0;
};

// Precondition: the message is there and has no answer yet.
struct AddAnswer {
    Answer answer;
};

// Kept by content: the same bytes twice are one. `artefact.hash` is checked against the bytes.
struct PutArtefact {
    Artefact artefact;
};

// For what is not a resource; `PutResource` brings its own. Assigned: the sequence.
struct AddChange {
    Change change;
};

// The same data key under another master key. Does nothing where the row is not as read any more:
// who destroyed it meant it.
struct RewrapPayloadKey {
    std::uint64_t id = 0;
    std::string as_read;
    std::string wrapped;
};

// What a message brought, its answer and its deliveries, cannot be read any more: its data keys are
// overwritten. Precondition `state`: nobody needs them, as `StoreReads::expired_messages` has it,
// and they are not destroyed yet.
struct DestroyPayloadKeys {
    std::string message;
    Instant now{};
};

// The ring of master keys from now on: what is committed after this is sealed under its current
// key. It must have every key that `StoreReads::master_keys` names.
struct UseKeyRing {
    std::shared_ptr<const KeyRing> keys;
};

// No data key is wrapped under any master key but this one: the caller has looked at all since the
// store was opened.
struct ForgetOtherMasterKeys {
    std::string current;
};

using Write = std::variant<AddMessage, SetMessageState, AwaitTurn, KeepMessage, TakeMessage,
                           HoldDuty, MarkSent, AddDelivery, LeaseDelivery, FinishDelivery,
                           RescheduleDelivery, MoveDelivery, AddAudit, PutResource, AddSearchToken,
                           AddTrace, PutReferral, AddAnswer, PutArtefact, AddChange,
                           RewrapPayloadKey, ForgetOtherMasterKeys, DestroyPayloadKeys, UseKeyRing>;

class UnitOfWork {
public:
    // Returns the position of the write. Writes apply in order: each sees those before it.
    std::size_t add(Write write) {
        writes_.push_back(std::move(write));
        return writes_.size() - 1;
    }

    // All of another, behind those that are here.
    void append(UnitOfWork other) {
        writes_.insert(writes_.end(), std::make_move_iterator(other.writes_.begin()),
                       std::make_move_iterator(other.writes_.end()));
    }

    const std::vector<Write>& writes() const { return writes_; }

    bool empty() const { return writes_.empty(); }

private:
    std::vector<Write> writes_;
};

}  // namespace gateway
