// What an interaction is given: the request of a known partner, and the parts of the gateway it may
// use. A file per interaction: decode, call one function of the pipeline, encode.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"
#include "gateway/base/log.h"
#include "gateway/edge/http/health.h"
#include "gateway/flow/credentials/seen_certificates.h"
#include "gateway/flow/deliver/queue_desk.h"
#include "gateway/flow/message/identity.h"
#include "gateway/flow/pipeline/pipeline.h"
#include "gateway/net/http_server.h"

namespace gateway {

struct HttpParts {
    Pipeline& pipeline;
    const Store& store;
    const Health& health;
    Log& log;
    const Clock& clock;
    IdSource& ids;
    std::shared_ptr<BodyRoom> room;
    SeenCertificates* seen = nullptr;  // of partners; null: nobody wants to know
    // The operator's listener alone: who does the acts, and what proves that they may be asked for.
    const QueueDesk* desk = nullptr;
    std::string operator_secret = {};
    std::function<std::string()> metrics = {};              // the page, made now
    std::function<std::vector<std::string>()> alarms = {};  // keys of what is open now
};

struct Exchange {
    const HttpParts& parts;
    const HttpRequest& request;
    Identity caller;
    std::string_view id;  // the {id} of the route, empty if it has none
    // Exactly once, from any thread; throwing Failure before that answers too.
    std::function<void(HttpResponse)> respond;
    std::function<void(const Failure&)> fail;
};

using Interaction = void (*)(const Exchange&);

// R4 http.html#read, http.html#update; the FHIR version's media type.
inline constexpr std::string_view fhir_json = "application/fhir+json";

// Taken, and not done yet (RFC 9110 §15.3.3); where its sender can ask for the rest.
inline constexpr int accepted_status = 202;
inline constexpr const char* message_status_path = "/fhir/message-status/";

HttpResponse fhir_response(int status, std::shared_ptr<const std::string> body);

// `W/"3"` (R4 http.html#versioning).
std::string etag_of(std::uint64_t version);

void read_task(const Exchange& exchange);
void update_task(const Exchange& exchange);
void process_message(const Exchange& exchange);
void read_message_status(const Exchange& exchange);
void take_hl7v2(const Exchange& exchange);
void read_metadata(const Exchange& exchange);
void check_live(const Exchange& exchange);
void check_ready(const Exchange& exchange);
void read_metrics(const Exchange& exchange);
void read_trace(const Exchange& exchange);
void operate_queue(const Exchange& exchange);

}  // namespace gateway
