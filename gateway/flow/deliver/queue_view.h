// The queue and what is done to it as documents: what `painbridge queue --json` prints and what it
// and the gateway say to each other. Pure.
#pragma once

#include <memory>
#include <vector>

#include "gateway/flow/deliver/queue.h"
#include "gateway/flow/deliver/queue_desk.h"
#include "gateway/flow/store/records.h"
#include "gateway/format/document/document.h"

namespace gateway {

enum class MoreFollow { no, yes };

struct QueueListing {
    std::vector<Delivery> deliveries;
    std::vector<Message> stranded;
    std::vector<DeliveryCount> counts;
    std::vector<StrandedCount> stranded_counts;
    MoreFollow more = MoreFollow::no;
};

// {"delivery": [{"id", "state", "destination", …}], "message": [{"id", "state", "from", "reason",
// …}], "count": [{"destination" or "from", "state", "count", "oldest"}], "more": false}
Document queue_document(const QueueListing& listing);

// {"actor", "delivery": [id]}
Document request_document(const ActRequest& request);

// What `request_document` made; the act is not in it.
ActRequest request_in(const Document& document);

// {"result": [{"delivery", "state", "text"}]}; without a state where nothing was changed.
Document results_document(const std::vector<ActResult>& results);

std::vector<ActResult> results_in(const Document& document);

}  // namespace gateway
