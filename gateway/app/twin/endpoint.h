// What both twins need: their TLS, their way to the gateway, their inbox, a Task's answer.
#pragma once

#include <memory>
#include <string>

#include "gateway/base/settings/twin_settings.h"
#include "gateway/format/document/document.h"
#include "gateway/net/client_endpoint.h"
#include "gateway/net/tls_context.h"

namespace gateway {

std::shared_ptr<const TlsContext> server_tls(const ListenSettings& listen);

ClientEndpoint client_endpoint(const DeliverSettings& deliver);

// Writes what arrived to `folder`/`name` and returns the path; empty where there is no inbox.
std::string keep_in_inbox(const std::string& folder, const std::string& name,
                          const std::string& bytes);

struct TaskDecision {
    std::string status;
    std::string reason;  // empty: none
};

// The Task as the performer sends it back, as JSON.
std::string write_answer(const Document& current, const TaskDecision& decision);

}  // namespace gateway
