#include "gateway/base/failure.h"
#include "gateway/edge/http/exchange.h"
#include "gateway/flow/pipeline/task_steps.h"

namespace gateway {

// R4 http.html#read. The Task of a referral, for its two sides only.
void read_task(const Exchange& exchange) {
    referral_for(exchange.parts.store, exchange.id, exchange.caller.partner);
    const auto task = exchange.parts.store.resource("Task", exchange.id);
    if (!task) {
        throw Failure(Category::not_found, "there is no such Task for this partner");
    }
    HttpResponse response = fhir_response(200, task->bytes);
    response.headers.set("ETag", etag_of(task->version));
    exchange.respond(std::move(response));
}

}  // namespace gateway
