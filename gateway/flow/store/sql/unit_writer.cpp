#include "gateway/flow/store/sql/unit_writer.h"

#include <map>
#include <stdexcept>

namespace gateway::sql {

namespace {

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};

// clang needs it up to version 16.
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

// Messages end with their retention, resources do not: they have keys of their own.
constexpr std::string_view of_resources;

StoredPayload payload_of(const Write& write, PayloadSealer& sealer) {
    return std::visit(
        Overloaded{
            [&](const AddMessage& add) {
                const Message& message = add.message;
                return sealer.seal(message.id, message_place(message.id), message.bytes,
                                   message.digest);
            },
            [&](const AddDelivery& add) {
                const Delivery& delivery = add.delivery;
                return sealer.seal(delivery.message, delivery_place(delivery.id), delivery.bytes);
            },
            [&](const PutResource& put) {
                const ResourceVersion& resource = put.resource;
                const std::string place =
                    resource_place(resource.type, resource.id, put.expected_version + 1);
                return put.digest ? sealer.seal(of_resources, place, resource.bytes, *put.digest)
                                  : sealer.seal(of_resources, place, resource.bytes);
            },
            [&](const AddAnswer& add) {
                const Answer& answer = add.answer;
                return sealer.seal(answer.message, answer_place(answer.message), answer.bytes);
            },
            [](const PutArtefact& put) { return plain_payload(put.artefact.bytes); },
            [](const auto&) { return StoredPayload{}; },
        },
        write);
}

// The rows of the data keys of a unit, each written when the first payload needs it.
class PayloadKeyRows {
public:
    explicit PayloadKeyRows(Connection& connection) : connection_(connection) {}

    std::optional<std::int64_t> row_of(const StoredPayload& payload) {
        if (!payload.wrapped_key) {
            return std::nullopt;
        }
        const auto [at, is_new] = rows_.emplace(payload.wrapped_key.get(), 0);
        if (is_new) {
            at->second = insert_data_key(connection_, *payload.wrapped_key);
        }
        return at->second;
    }

private:
    Connection& connection_;
    std::map<const std::string*, std::int64_t> rows_;
};

}  // namespace

PreparedUnit prepare(UnitOfWork unit, std::shared_ptr<const KeyRing> keys) {
    PayloadSealer sealer(*keys);
    PreparedUnit prepared;
    prepared.payloads.reserve(unit.writes().size());
    for (const Write& write : unit.writes()) {
        prepared.payloads.push_back(payload_of(write, sealer));
        const auto& bytes = prepared.payloads.back().bytes;
        prepared.bytes += bytes ? bytes->size() : 0;
    }
    prepared.unit = std::move(unit);
    prepared.keys = std::move(keys);
    return prepared;
}

void bring_under(PreparedUnit& unit, const std::shared_ptr<const KeyRing>& keys) {
    if (unit.keys == keys) {
        return;
    }
    std::map<std::shared_ptr<const std::string>, std::shared_ptr<const std::string>> anew;
    for (StoredPayload& payload : unit.payloads) {
        if (!payload.wrapped_key || KeyRing::master_of(*payload.wrapped_key) == keys->current()) {
            continue;
        }
        auto& wrapped = anew[payload.wrapped_key];
        if (!wrapped) {
            wrapped = std::make_shared<const std::string>(
                keys->rewrap(*payload.wrapped_key).value_or(*payload.wrapped_key));
        }
        payload.wrapped_key = wrapped;
    }
    unit.keys = keys;
}

Outcome UnitWriter::write(Connection& connection, const PreparedUnit& unit) {
    const auto before = audit_end_;
    connection.known_message.reset();
    connection.run_later("SAVEPOINT unit");
    Outcome outcome;
    try {
        outcome = write_all(connection, unit);
    } catch (const SqlError& error) {
        if (error.reach() == SqlError::Reach::transaction || !connection.in_transaction()) {
            throw;
        }
        outcome = Unavailable{error.what()};
    } catch (const std::exception& error) {
        outcome = Unavailable{error.what()};
    }
    if (!std::holds_alternative<Committed>(outcome)) {
        connection.run_later("ROLLBACK TO unit");
        audit_end_ = before;
    }
    connection.run_later("RELEASE unit");
    return outcome;
}

Outcome UnitWriter::write_in_hope(Connection& connection, const PreparedUnit& unit) {
    connection.known_message.reset();
    Outcome outcome;
    try {
        outcome = write_all(connection, unit);
    } catch (const SqlError&) {
        throw;
    } catch (const std::exception&) {
        throw Deceived();
    }
    const auto* failed = std::get_if<PreconditionFailed>(&outcome);
    if (failed != nullptr && failed->write > 0) {
        throw Deceived();
    }
    return outcome;
}

Outcome UnitWriter::write_all(Connection& connection, const PreparedUnit& unit) {
    const auto& writes = unit.unit.writes();
    Committed committed;
    committed.assigned.reserve(writes.size());
    PayloadKeyRows data_keys(connection);
    for (std::size_t i = 0; i < writes.size(); ++i) {
        const StoredPayload& payload = unit.payloads[i];
        Written written = write_one(connection, writes[i], {payload, data_keys.row_of(payload)});
        if (auto* refusal = std::get_if<Refusal>(&written)) {
            return PreconditionFailed{i, refusal->precondition, std::move(refusal->found)};
        }
        committed.assigned.push_back(std::get<std::uint64_t>(written));
    }
    return committed;
}

Written UnitWriter::chain_audit(Connection& to, const AddAudit& add) {
    if (!audit_end_) {
        audit_end_ = read_audit_end(to);
    }
    return add_audit(to, add, *audit_end_);
}

Written UnitWriter::write_one(Connection& to, const Write& write, const PayloadRow& payload) {
    return std::visit(
        Overloaded{
            [&](const AddMessage& add) { return add_message(to, add, payload, duplicates_kept_); },
            [&](const SetMessageState& set) { return set_message_state(to, set); },
            [&](const AwaitTurn& wait) { return await_turn(to, wait); },
            [&](const KeepMessage& keep) { return keep_message(to, keep); },
            [&](const TakeMessage& take) { return take_message(to, take); },
            [&](const HoldDuty& hold) { return hold_duty(to, hold); },
            [&](const MarkSent& mark) { return mark_sent(to, mark); },
            [&](const AddDelivery& add) { return add_delivery(to, add, payload); },
            [&](const LeaseDelivery& lease) { return lease_delivery(to, lease); },
            [&](const FinishDelivery& finish) { return finish_delivery(to, finish); },
            [&](const RescheduleDelivery& again) { return reschedule_delivery(to, again); },
            [&](const MoveDelivery& move) { return move_delivery(to, move); },
            [&](const AddAudit& add) { return chain_audit(to, add); },
            [&](const PutResource& put) { return put_resource(to, put, payload); },
            [&](const AddSearchToken& add) { return add_search_token(to, add); },
            [&](const AddTrace& add) { return add_trace(to, add); },
            [&](const PutReferral& put) { return put_referral(to, put); },
            [&](const AddAnswer& add) { return add_answer(to, add, payload); },
            [&](const PutArtefact& put) { return put_artefact(to, put, payload); },
            [&](const AddChange& add) { return add_change(to, add.change); },
            [&](const RewrapPayloadKey& rewrap) { return rewrap_data_key(to, rewrap); },
            [&](const DestroyPayloadKeys& destroy) { return destroy_payload_keys(to, destroy); },
            [&](const UseKeyRing& use) { return note_master_keys(to, use); },
            [&](const ForgetOtherMasterKeys& forget) {
                return forget_other_master_keys(to, forget);
            },
        },
        write);
}

}  // namespace gateway::sql
