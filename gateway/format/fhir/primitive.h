// Does a text have the form of an R4 primitive (R4 datatypes.html)? Hand-written matchers: linear
// time, no regex, fit for values of many megabytes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class Primitive {
    base64_binary,
    boolean,
    canonical,
    code,
    date,
    date_time,
    decimal,
    id,
    instant,
    integer,
    markdown,
    oid,
    positive_int,
    string,
    time,
    unsigned_int,
    uri,
    url,
    uuid,
    xhtml,
};

// By the name of the type: "dateTime". Nothing for a name that is no primitive.
std::optional<Primitive> primitive_of(std::string_view type_name);
std::string_view to_string(Primitive primitive);

// What is wrong and how to put it right, without quoting the value; nothing if it is well-formed.
std::optional<std::string> fault_of(Primitive primitive, std::string_view text);

// The same by type name; types that are no primitives have no fault.
std::optional<std::string> primitive_fault(std::string_view type_name, std::string_view text);

// The JSON form that R4 gives the type: a number, true/false, or a string.
enum class JsonForm { string, number, boolean };

JsonForm json_form(Primitive primitive);

}  // namespace gateway
