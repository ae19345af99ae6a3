// The one place where a failure becomes an HTTP response: an OperationOutcome with the status of
// its category. Nothing else in the code mentions an HTTP status for an error.
#pragma once

#include <memory>

#include "gateway/base/failure.h"
#include "gateway/format/document/name_table.h"
#include "gateway/net/http_server.h"

namespace gateway {

HttpResponse failure_response(const Failure& failure,
                              const std::shared_ptr<const NameTable>& names);

// Runs `work`; whatever it throws becomes the response.
void answer_failures(const std::function<void()>& work,
                     const std::function<void(const Failure&)>& on_failure);

// What the server itself refuses (a broken rule of HTTP, a limit), in the same form.
HttpResponse refusal_response(const HttpRefusal& refusal,
                              const std::shared_ptr<const NameTable>& names);

}  // namespace gateway
