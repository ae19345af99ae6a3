// The near end of a benchmark over HTTPS: the same messages as `load.h` sends, each the body of a
// POST. Times every answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/app/bench/load.h"
#include "gateway/net/http_client.h"

namespace gateway {

struct HttpLoadPlan {
    std::size_t connections = 8;  // each sends its next when it has its answer
    std::string target;
    std::string content_type;
    // Of the answer to a message, by its index among those sent in this run.
    std::function<bool(std::size_t index, const HttpResponse& answer)> is_accepted;
};

// Of a FHIR message: its identifiers' values become `bench_number`, and its ids are new in each.
std::vector<std::shared_ptr<const std::string>> make_fhir_messages(const std::string& template_json,
                                                                   std::size_t count);

// Blocks until every message was answered or failed.
LoadResult run_http_load(Reactor& reactor, const ClientEndpoint& endpoint, const HttpLoadPlan& plan,
                         const std::vector<std::shared_ptr<const std::string>>& messages);

}  // namespace gateway
