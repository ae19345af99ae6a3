// What the body of a request is, and what its sender can read (RFC 9110 §8.3, §8.4, §12.5.1). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/net/http_message.h"

namespace gateway {

// Content-Type without its parameters, in lower case; empty where there is none.
std::string media_type(const HttpHeaders& headers);

// Failure `unsupported_media` for a body of any other type (`wanted` in lower case), and for one
// that is coded (compressed): what is kept and passed on is what the sender wrote.
void need_media(const HttpHeaders& headers, std::span<const std::string_view> wanted);

// The same for FHIR's JSON, of R4 (http.html#mime-type, http.html#version-parameter).
void need_fhir_json(const HttpHeaders& headers);

// Failure `not_acceptable` where Accept is given and none of its ranges takes FHIR's JSON.
void need_reader_of_fhir_json(const HttpHeaders& headers);

}  // namespace gateway
