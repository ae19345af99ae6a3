#include "gateway/flow/pipeline/routing.h"

#include <utility>

#include "gateway/base/failure.h"
#include "gateway/flow/pipeline/message_form.h"

namespace gateway {

void refuse(const Message& message, Category category, std::string code, std::string where,
            std::string text) {
    Issue issue;
    issue.code = std::move(code);
    (is_fhir(message) ? issue.path : issue.source) = std::move(where);
    issue.text = text;
    Issues issues;
    issues.add(std::move(issue));
    throw Failure(category, std::move(text), {}, std::move(issues));
}

void need_rules_behind_pass(const ReferralInput& input) {
    const Partner& sender = input.snapshot.partner(input.message.sender.partner);
    if (!sender.routes.empty() && sender.routes.back().pass) {
        const bool fhir = is_fhir(input.message);
        refuse(input.message, Category::unprocessable, "processing",
               fhir ? "MessageHeader.event" : "MSH-9",
               fhir
                   ? "no route passes this message on as it came, and none of this sender's looks "
                     "into a message"
                   : "no route passes this message on as it came, and none of this sender's is for "
                     "messages that are mapped");
    }
}

std::vector<Destination> destinations_of(const ReferralInput& input, const Document& bundle) {
    const bool fhir = is_fhir(input.message);
    const auto& routers = input.snapshot.routers;
    const auto router = routers.find(input.message.sender.partner);
    if (router == routers.end()) {
        refuse(input.message, Category::unprocessable, "processing",
               fhir ? "MessageHeader.source" : "MSH-4",
               "no route is configured for this sender; ask the operator of this gateway");
    }
    const RouteFacts facts{input.message.sender.partner, input.message.channel};
    RouteResult routed = router->second.route(bundle, facts, input.message.received);
    if (routed.destinations.empty()) {
        refuse(input.message, Category::unprocessable, "processing", fhir ? "Bundle" : "PRD",
               routed.explanation);
    }
    return std::move(routed.destinations);
}

}  // namespace gateway
