#include "gateway/edge/http/failure_response.h"

#include <exception>
#include <utility>

#include "gateway/edge/http/exchange.h"
#include "gateway/format/fhir/operation_outcome.h"

namespace gateway {

HttpResponse failure_response(const Failure& failure,
                              const std::shared_ptr<const NameTable>& names) {
    const CategoryMeaning& meaning = describe(failure.category());
    HttpResponse response = fhir_response(
        meaning.http_status, make_body(operation_outcome_json(issues_of(failure), names)));
    if (failure.category() == Category::busy || failure.category() == Category::unavailable ||
        failure.category() == Category::too_early) {
        response.headers.set("Retry-After", "5");
    }
    return response;
}

HttpResponse ack_response(std::string_view msa_1, std::string_view content_type,
                          std::shared_ptr<const std::string> acknowledgement) {
    HttpResponse response;
    response.headers.set("Cache-Control", "no-store");
    if (!acknowledgement) {
        response.status = 204;
        return response;
    }
    response.status = msa_1.ends_with('A') ? 200 : msa_1.ends_with('R') ? 400 : 500;
    response.headers.set("Content-Type", content_type);
    response.body = std::move(acknowledgement);
    return response;
}

void answer_failures(const std::function<void()>& work,
                     const std::function<void(const Failure&)>& on_failure) {
    try {
        work();
    } catch (const Failure& failure) {
        on_failure(failure);
    } catch (const std::exception& error) {
        on_failure(Failure(Category::fault, "a fault of this gateway", error.what()));
    }
}

HttpResponse refusal_response(const HttpRefusal& refusal,
                              const std::shared_ptr<const NameTable>& names) {
    Issues issues;
    issues.add({.code = refusal.status >= 500 ? "transient" : "invalid",
                .path = {},
                .text = std::string{refusal.reason}});
    return fhir_response(refusal.status, make_body(operation_outcome_json(issues, names)));
}

}  // namespace gateway
