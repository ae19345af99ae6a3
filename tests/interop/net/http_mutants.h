// Requests that are almost, or not quite, what RFC 9112 says: every variant of every rule once on
// each base request, then combinations. The same seed gives the same bytes. For tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

struct HttpMutant {
    std::string name;  // base and rules: "chunked, chunk size 7"
    std::string bytes;
};

// The request that lies in the bodies: whoever ends a message too early sees it.
extern const std::string smuggled_request;

// What the hand-written HTTP servers of the field got wrong (Poco's HTTPServer among them).
std::vector<HttpMutant> http_probes();

// No two of the same bytes.
std::vector<HttpMutant> http_mutants(std::size_t count, std::uint32_t seed);

// For messages of tests: what is not printable is escaped.
std::string printable(std::string_view bytes);

}  // namespace gateway
