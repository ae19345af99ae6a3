// What an operator does to deliveries, asked for by `painbridge queue hold|release|replay`.
#include <algorithm>

#include "gateway/base/failure.h"
#include "gateway/edge/http/exchange.h"
#include "gateway/flow/deliver/queue_view.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

constexpr std::size_t deliveries_max = 1000;  // their look-ups are made on a network thread
constexpr std::size_t login_length_max = 64;

bool is_login(std::string_view text) {
    return !text.empty() && text.size() <= login_length_max &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_' || c == '@';
           });
}

ActRequest request_of(const Exchange& exchange) {
    const auto act = parse_queue_act(exchange.id);
    if (!act) {
        throw Failure(Category::not_found, "the path must be /queue/hold, release or replay");
    }
    ActRequest request =
        request_in(read_json(exchange.request.body, std::make_shared<const NameTable>(),
                             {.dialect = JsonDialect::plain}));
    request.act = *act;
    if (!is_login(request.actor)) {
        throw Failure(Category::invalid, "actor must be the login of the person who acts");
    }
    if (request.deliveries.empty() || request.deliveries.size() > deliveries_max) {
        throw Failure(Category::invalid, "delivery must be a list of 1 to 1000 ids");
    }
    return request;
}

}  // namespace

// {"actor", "delivery": [id]} -> {"result": [{"delivery", "state", "text"}]}
void operate_queue(const Exchange& exchange) {
    exchange.parts.desk->apply(
        request_of(exchange), [respond = exchange.respond](const std::vector<ActResult>& results) {
            HttpResponse response{.status = 200,
                                  .body = make_body(write_json(results_document(results)))};
            response.headers.set("Content-Type", "application/json");
            response.headers.set("Cache-Control", "no-store");
            respond(std::move(response));
        });
}

}  // namespace gateway
