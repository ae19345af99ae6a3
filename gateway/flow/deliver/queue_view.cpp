#include "gateway/flow/deliver/queue_view.h"

#include <string>
#include <string_view>

namespace gateway {

namespace {

NodeId put_item(Document& document, std::string_view name) {
    const NodeId node = document.append(document.root(), name);
    document.set_repeats(node, true);
    return node;
}

void put(Document& document, NodeId parent, std::string_view name, std::string_view value) {
    document.set_value(document.append(parent, name), ValueKind::string, value);
}

void put(Document& document, NodeId parent, std::string_view name, std::uint64_t value) {
    document.set_value(document.append(parent, name), ValueKind::number, std::to_string(value));
}

void put_flag(Document& document, NodeId parent, std::string_view name, bool value) {
    document.set_value(document.append(parent, name), ValueKind::boolean, value ? "true" : "false");
}

void put_delivery(Document& document, const Delivery& delivery) {
    const NodeId node = put_item(document, "delivery");
    put(document, node, "id", delivery.id);
    put(document, node, "state", to_string(delivery.state));
    put(document, node, "destination", delivery.destination);
    put(document, node, "kind", to_string(delivery.kind));
    put(document, node, "title", delivery.title);
    put(document, node, "message", delivery.message);
    if (!delivery.referral.empty()) {
        put(document, node, "referral", delivery.referral);
    }
    put(document, node, "created", to_fhir_instant(delivery.created));
    if (delivery.state == DeliveryState::pending) {
        put(document, node, "nextAttempt", to_fhir_instant(delivery.next_attempt));
    }
    put(document, node, "attempts", delivery.attempts);
    put(document, node, "equalFailures", delivery.failures);
    if (delivery.state == DeliveryState::quarantined) {
        put_flag(document, node, "laterWait", delivery.blocks);
    }
    if (!delivery.outcome.empty()) {
        put(document, node, "outcome", delivery.outcome);
    }
}

void put_stranded(Document& document, const Message& message) {
    const NodeId node = put_item(document, "message");
    put(document, node, "id", message.id);
    put(document, node, "state", to_string(message.state));
    put(document, node, "from", message.sender.partner);
    put(document, node, "channel", message.channel);
    put(document, node, "received", to_fhir_instant(message.received));
    put(document, node, "reason", message.reason);
}

Document new_document() {
    return Document(std::make_shared<const NameTable>());
}

}  // namespace

Document queue_document(const QueueListing& listing) {
    Document document = new_document();
    for (const Delivery& delivery : listing.deliveries) {
        put_delivery(document, delivery);
    }
    for (const Message& message : listing.stranded) {
        put_stranded(document, message);
    }
    for (const DeliveryCount& count : listing.counts) {
        const NodeId node = put_item(document, "count");
        put(document, node, "destination", count.destination);
        put(document, node, "state", to_string(count.state));
        put(document, node, "count", std::uint64_t{count.count});
        put(document, node, "oldest", to_fhir_instant(count.oldest));
    }
    for (const StrandedCount& count : listing.stranded_counts) {
        const NodeId node = put_item(document, "count");
        put(document, node, "from", count.from);
        put(document, node, "state", to_string(MessageState::quarantined));
        put(document, node, "count", std::uint64_t{count.count});
        put(document, node, "oldest", to_fhir_instant(count.oldest));
    }
    put_flag(document, document.root(), "more", listing.more == MoreFollow::yes);
    return document;
}

Document request_document(const ActRequest& request) {
    Document document = new_document();
    put(document, document.root(), "actor", request.actor);
    for (const std::string& id : request.deliveries) {
        document.set_value(put_item(document, "delivery"), ValueKind::string, id);
    }
    return document;
}

ActRequest request_in(const Document& document) {
    ActRequest request;
    request.actor = document.child_value(document.root(), "actor");
    for (const NodeId id : document.children(document.root(), "delivery")) {
        request.deliveries.emplace_back(document.value(id));
    }
    return request;
}

Document results_document(const std::vector<ActResult>& results) {
    Document document = new_document();
    for (const ActResult& result : results) {
        const NodeId node = put_item(document, "result");
        put(document, node, "delivery", result.delivery);
        if (result.next) {
            put(document, node, "state", to_string(*result.next));
        }
        put(document, node, "text", result.text);
    }
    return document;
}

std::vector<ActResult> results_in(const Document& document) {
    std::vector<ActResult> results;
    for (const NodeId node : document.children(document.root(), "result")) {
        results.push_back({std::string{document.child_value(node, "delivery")},
                           parse_delivery_state(document.child_value(node, "state")),
                           std::string{document.child_value(node, "text")}});
    }
    return results;
}

}  // namespace gateway
