// The operator's own questions: is the process up, can it take work, what happened to a referral.
#include <utility>

#include "gateway/base/exposition.h"
#include "gateway/base/failure.h"
#include "gateway/edge/http/exchange.h"
#include "gateway/flow/message/trace.h"
#include "gateway/flow/pipeline/fhir_view.h"
#include "gateway/flow/pipeline/trace_view.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

HttpResponse json_response(int status, const Document& document) {
    HttpResponse response{.status = status, .body = make_body(write_json(document))};
    response.headers.set("Content-Type", "application/json");
    response.headers.set("Cache-Control", "no-store");
    return response;
}

void need_none(std::string_view what, Issues faults) {
    if (faults.empty()) {
        return;
    }
    std::string reasons{what};
    for (const Issue& fault : faults) {
        reasons += (&fault == &faults[0] ? ": " : "; ") + fault.text;
    }
    throw Failure(Category::unavailable, std::string{what}, std::move(reasons), std::move(faults));
}

}  // namespace

void check_live(const Exchange& exchange) {
    need_none("the gateway hangs", exchange.parts.health.faults_of_life());
    Document state(exchange.parts.pipeline.snapshot()->engines.names);
    put_text(state, state.root(), "state", "live");
    exchange.respond(json_response(200, state));
}

// Ready means that a message would be taken now: a store that cannot write is not ready.
void check_ready(const Exchange& exchange) {
    need_none("the gateway is not ready", exchange.parts.health.faults_of_readiness());
    const auto snapshot = exchange.parts.pipeline.snapshot();
    Document state(snapshot->engines.names);
    put_text(state, state.root(), "state", "ready");
    put_text(state, state.root(), "settings", snapshot->hash);
    for (const std::string& key : exchange.parts.alarms()) {
        const NodeId alarm = state.append(state.root(), "alarm");
        state.set_repeats(alarm, true);
        state.set_value(alarm, ValueKind::string, key);
    }
    exchange.respond(json_response(200, state));
}

void read_metrics(const Exchange& exchange) {
    HttpResponse response{.status = 200, .body = make_body(exchange.parts.metrics())};
    response.headers.set("Content-Type", Exposition::content_type);
    response.headers.set("Cache-Control", "no-store");
    exchange.respond(std::move(response));
}

// The flight recorder, as `painbridge trace --json` prints it.
void read_trace(const Exchange& exchange) {
    const Trace trace = exchange.parts.store.trace(exchange.id);
    if (trace.empty()) {
        throw Failure(Category::not_found, "no message and no referral has this id");
    }
    exchange.respond(json_response(
        200, trace_document(trace, exchange.parts.pipeline.snapshot()->engines.names)));
}

}  // namespace gateway
