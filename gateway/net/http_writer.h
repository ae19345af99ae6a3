// Heads of HTTP/1.1 messages as bytes. Pure; thread-safe.
// Spec: RFC 9112 §3, §4; RFC 9110 §6.6.1 (Date), §8.6 (Content-Length).
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/clock.h"
#include "gateway/net/http_message.h"

namespace gateway {

enum class AfterResponse { keep_open, close };

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string http_date(Instant now);

// Status line, Date, the response's own headers, Content-Length, Connection, and the blank line.
// Headers that frame the message are ours: the same names set by the application are left out.
std::string response_head(const HttpResponse& response, AfterResponse after, Instant now);

// `body_bytes`: nothing where the method has none.
std::string request_head(std::string_view method, std::string_view target, std::string_view host,
                         const HttpHeaders& headers, std::optional<std::size_t> body_bytes);

// 1xx, 204 and 304 never have a body (RFC 9110 §6.4.1).
bool status_has_body(int status);

}  // namespace gateway
