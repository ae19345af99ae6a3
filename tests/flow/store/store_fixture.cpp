#include "tests/flow/store/store_fixture.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <future>
#include <stdexcept>
#include <utility>

#include "gateway/base/digest.h"

namespace gateway::test {

namespace {

void run_at_once(const std::function<void()>& task) {
    task();
}

UnitOfWork unit_of(Write write) {
    UnitOfWork unit;
    unit.add(std::move(write));
    return unit;
}

std::string describe(const Outcome& outcome) {
    if (const auto* failed = std::get_if<PreconditionFailed>(&outcome)) {
        return "write " + std::to_string(failed->write) + ": " +
               std::string(to_string(failed->precondition)) + ", found " + failed->found;
    }
    const auto* unavailable = std::get_if<Unavailable>(&outcome);
    return unavailable == nullptr ? "committed" : "unavailable: " + unavailable->reason;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "painbridge-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("cannot make a temporary folder");
    }
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::shared_ptr<const KeyRing> keys_of(std::string_view letters) {
    std::vector<CipherKey> keys;
    for (const char letter : letters) {
        keys.push_back(CipherKey::of(std::string(CipherKey::size, letter)).value());
    }
    return std::make_shared<const KeyRing>(keys);
}

Outcome outcome_of(Store& store, UnitOfWork unit) {
    std::promise<Outcome> promise;
    store.submit(std::move(unit), run_at_once,
                 [&promise](const Outcome& outcome) { promise.set_value(outcome); });
    return promise.get_future().get();
}

Outcome outcome_of(Store& store, Write write) {
    return outcome_of(store, unit_of(std::move(write)));
}

std::vector<std::uint64_t> commit(Store& store, UnitOfWork unit) {
    const std::size_t writes = unit.writes().size();
    Outcome outcome = outcome_of(store, std::move(unit));
    auto* committed = std::get_if<Committed>(&outcome);
    if (committed == nullptr) {
        ADD_FAILURE() << "not committed: " << describe(outcome);
        return std::vector<std::uint64_t>(writes);
    }
    return committed->assigned;
}

std::uint64_t commit(Store& store, Write write) {
    return commit(store, unit_of(std::move(write))).front();
}

PreconditionFailed refusal_of(Store& store, UnitOfWork unit) {
    const Outcome outcome = outcome_of(store, std::move(unit));
    const auto* failed = std::get_if<PreconditionFailed>(&outcome);
    if (failed == nullptr) {
        ADD_FAILURE() << "not refused: " << describe(outcome);
        return {};
    }
    return *failed;
}

PreconditionFailed refusal_of(Store& store, Write write) {
    return refusal_of(store, unit_of(std::move(write)));
}

Instant at_second(std::int64_t second) {
    return Instant(std::chrono::seconds(second));
}

Message message_named(const std::string& id) {
    Message message;
    message.id = id;
    message.channel = "mllp";
    message.sender = {"gp", AuthenticatedBy::client_certificate, "0a1b"};
    message.order_key = "key";
    message.content_type = "application/hl7-v2";
    message.control_id = "MSG-" + id;
    message.duplicate_key = "GP|CLINIC|REF^I12|" + id;
    message.duplicate_digest = sha256("compared " + id);
    message.bytes = std::make_shared<const std::string>("MSH|^~\\&|" + id + '\0' + "\r");
    message.digest = sha256(*message.bytes);
    message.received = at_second(10);
    message.settings_hash = "settings-1";
    return message;
}

Delivery delivery_named(const std::string& id, const std::string& message,
                        const std::string& order_key) {
    Delivery delivery;
    delivery.id = id;
    delivery.message = message;
    delivery.referral = "referral-1";
    delivery.destination = "clinic";
    delivery.order_key = order_key;
    delivery.title = "Bundle";
    delivery.content_type = "application/fhir+json";
    delivery.target = "$process-message";
    delivery.bytes = std::make_shared<const std::string>("{\"id\":\"" + id + "\"}");
    delivery.created = at_second(10);
    delivery.next_attempt = at_second(10);
    return delivery;
}

AuditRecord audit_of(const std::string& message) {
    AuditRecord record;
    record.at = at_second(10);
    record.actor = "gp";
    record.message = message;
    record.outcome = "received";
    record.digest = to_hex(sha256(message));
    return record;
}

void StoreTest::restart() {
    store_.reset();
    store_ = GetParam().open(folder_.path());
}

std::uint64_t StoreTest::lease(const std::string& delivery, std::int64_t until_second) {
    const auto found = store_->delivery(delivery);
    return commit(*store_, LeaseDelivery{delivery, found ? found->lease : 0, at_second(100),
                                         at_second(until_second)});
}

std::vector<std::string> StoreTest::due(std::int64_t second) {
    std::vector<std::string> ids;
    for (const Delivery& delivery : store_->due_deliveries("clinic", {at_second(second)}, 100)) {
        ids.push_back(delivery.id);
    }
    return ids;
}

}  // namespace gateway::test
