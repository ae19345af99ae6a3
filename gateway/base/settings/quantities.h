// The texts in which the configuration writes durations, sizes, addresses and URLs. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/settings/settings.h"

namespace gateway {

// "250ms", "30s", "5min", "24h", "30d"
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string duration_text(std::chrono::milliseconds duration);

// "512B", "64KiB", "16MiB", "1GiB"; a space before the unit is allowed.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string size_text(std::uint64_t bytes);

// An IPv4 literal or an IPv6 literal in brackets, then ":port".
std::optional<Address> parse_address(std::string_view text);

// The parts of https://host[:port]/path or mllps://host:port; no user, query or fragment. The host
// is a DNS name or an IP literal, taken as written: nothing is decoded.
struct Endpoint {
    Channel kind = Channel::https;
    std::string host;
    std::uint16_t port = 0;
    std::string path;
};

std::optional<Endpoint> parse_endpoint(std::string_view url);

}  // namespace gateway
