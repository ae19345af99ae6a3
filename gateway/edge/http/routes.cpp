#include "gateway/edge/http/routes.h"

#include <algorithm>
#include <array>

#include "gateway/base/failure.h"
#include "gateway/format/fhir/primitive.h"

namespace gateway {

namespace {

constexpr std::array<Route, 6> for_partners{{
    {"GET", "/fhir/metadata", read_metadata},
    {"GET", "/fhir/Task/{id}", read_task},
    {"PUT", "/fhir/Task/{id}", update_task},
    {"POST", "/fhir/$process-message", process_message},
    {"GET", "/fhir/message-status/{id}", read_message_status},
    {"POST", "/hl7v2", take_hl7v2},
}};

constexpr std::array<Route, 5> for_ops{{
    {"GET", "/health/live", check_live},
    {"GET", "/health/ready", check_ready},
    {"GET", "/metrics", read_metrics},
    {"GET", "/trace/{id}", read_trace},
    {"POST", "/queue/{id}", operate_queue},
}};

constexpr std::string_view id_mark = "{id}";

// The id, empty for a route without one; nothing if the path is another.
std::optional<std::string_view> match(std::string_view route, std::string_view path) {
    if (!route.ends_with(id_mark)) {
        return route == path ? std::optional{std::string_view{}} : std::nullopt;
    }
    const std::string_view before = route.substr(0, route.size() - id_mark.size());
    if (!path.starts_with(before)) {
        return std::nullopt;
    }
    const std::string_view id = path.substr(before.size());
    return fault_of(Primitive::id, id) ? std::nullopt : std::optional{id};
}

}  // namespace

std::span<const Route> partner_routes() {
    return for_partners;
}

std::span<const Route> ops_routes() {
    return for_ops;
}

RouteMatch find_route(std::span<const Route> routes, std::string_view method,
                      std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    const std::string_view asked = method == "HEAD" ? "GET" : method;
    bool is_known = false;
    for (const Route& route : routes) {
        if (const auto id = match(route.path, path)) {
            is_known = true;
            if (route.method == asked) {
                return {route.interaction, *id};
            }
        }
    }
    if (is_known) {
        throw Failure(Category::method_not_allowed, "this path does not take this method");
    }
    throw Failure(Category::not_found, "there is nothing at this path");
}

}  // namespace gateway
