#include "gateway/edge/http/media.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr std::array<std::string_view, 2> fhir_json_types{"application/fhir+json",
                                                          "application/json"};

std::string type_in(std::string_view value) {
    return lower_case(trimmed(value.substr(0, value.find(';'))));
}

// The value of a parameter, without quotes; empty where it is not there.
std::string_view parameter(std::string_view value, std::string_view name) {
    for (const std::string_view part : split(value, ';')) {
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos ||
            !equal_ignoring_case(trimmed(part.substr(0, equals)), name)) {
            continue;
        }
        std::string_view found = trimmed(part.substr(equals + 1));
        if (found.size() >= 2 && found.front() == '"' && found.back() == '"') {
            found = found.substr(1, found.size() - 2);
        }
        return found;
    }
    return {};
}

// q=0 means "not this" (RFC 9110 §12.4.2).
bool takes_fhir_json(std::string_view range) {
    const std::string_view weight = parameter(range, "q");
    if (!weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos) {
        return false;
    }
    const std::string type = type_in(range);
    return type == "*/*" || type == "application/*" ||
           std::ranges::find(fhir_json_types, type) != fhir_json_types.end();
}

}  // namespace

std::string media_type(const HttpHeaders& headers) {
    return type_in(headers.find("Content-Type").value_or(""));
}

void need_media(const HttpHeaders& headers, std::span<const std::string_view> wanted) {
    const std::string type = media_type(headers);
    if (std::ranges::find(wanted, type) == wanted.end()) {
        throw Failure(
            Category::unsupported_media,
            fmt::format("the body must be {}: Content-Type says so", fmt::join(wanted, " or ")));
    }
    const std::string_view coding = trimmed(headers.find("Content-Encoding").value_or("identity"));
    if (!equal_ignoring_case(coding, "identity")) {
        throw Failure(Category::unsupported_media,
                      "the body must be sent as it is, without Content-Encoding");
    }
}

void need_fhir_json(const HttpHeaders& headers) {
    need_media(headers, fhir_json_types);
    const std::string_view version =
        parameter(headers.find("Content-Type").value_or(""), "fhirVersion");
    if (!version.empty() && version != "4.0") {
        throw Failure(Category::unsupported_media, "the body must be FHIR R4: fhirVersion=4.0");
    }
}

void need_reader_of_fhir_json(const HttpHeaders& headers) {
    bool is_given = false;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto [name, value] = headers[i];
        if (!equal_ignoring_case(name, "Accept") || trimmed(value).empty()) {
            continue;
        }
        is_given = true;
        if (std::ranges::any_of(split(value, ','), takes_fhir_json)) {
            return;
        }
    }
    if (is_given) {
        throw Failure(Category::not_acceptable, "this gateway answers in application/fhir+json");
    }
}

}  // namespace gateway
