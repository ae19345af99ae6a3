// The route table of the HTTPS listener and of the operator's: method, path, interaction. `{id}`
// takes one path segment of FHIR's id characters (R4 datatypes.html#id). Pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "gateway/edge/http/exchange.h"

namespace gateway {

struct Route {
    std::string_view method;
    std::string_view path;
    Interaction interaction;
};

// Of the partners' listener: FHIR below its base path /fhir, and HL7 v2.
std::span<const Route> partner_routes();

// Of the operator's listener on loopback.
std::span<const Route> ops_routes();

struct RouteMatch {
    Interaction interaction = nullptr;
    std::string_view id;
};

// Failure `not_found`, or `method_not_allowed` where another method would do.
RouteMatch find_route(std::span<const Route> routes, std::string_view method,
                      std::string_view target);

}  // namespace gateway
