// The one place where a failure becomes an HTTP response: an OperationOutcome with the status of
// its category. Nothing else in the code mentions an HTTP status for an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/failure.h"
#include "gateway/format/document/name_table.h"
#include "gateway/net/http_server.h"

namespace gateway {

HttpResponse failure_response(const Failure& failure,
                              const std::shared_ptr<const NameTable>& names);

// An HL7 v2 acknowledgement, or none where the sender wants none. The status says what MSA-1 says,
// for clients that look at nothing else: 200 for AA and CA, 400 for AR and CR, 500 for AE and CE,
// as HAPI's own server does.
HttpResponse ack_response(std::string_view msa_1, std::string_view content_type,
                          std::shared_ptr<const std::string> acknowledgement);

// Runs `work`; whatever it throws becomes the response.
void answer_failures(const std::function<void()>& work,
                     const std::function<void(const Failure&)>& on_failure);

// What the server itself refuses (a broken rule of HTTP, a limit), in the same form.
HttpResponse refusal_response(const HttpRefusal& refusal,
                              const std::shared_ptr<const NameTable>& names);

}  // namespace gateway
