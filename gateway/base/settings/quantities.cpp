#include "gateway/base/settings/quantities.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

#include "gateway/base/text.h"

namespace gateway {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first: the text of a value takes the first unit that divides it.
constexpr Unit duration_units[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr Unit size_units[] = {
    {"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}};

constexpr std::uint16_t https_port = 443;

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = trimmed(text);
    for (const Unit& unit : units) {
        if (unit.name == name) {
            constexpr auto max =
                static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
            return number <= max / unit.factor ? std::optional(number * unit.factor) : std::nullopt;
        }
    }
    return std::nullopt;
}

std::string quantity_text(std::uint64_t value, std::span<const Unit> units) {
    for (const Unit& unit : units) {
        if (value != 0 && value % unit.factor == 0) {
            return fmt::format("{}{}", value / unit.factor, unit.name);
        }
    }
    return fmt::format("{}{}", value, units.back().name);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return port;
}

bool is_ip_literal(const std::string& host, int family) {
    in6_addr any{};
    return ::inet_pton(family, host.c_str(), &any) == 1;
}

bool is_dns_name(std::string_view host) {
    constexpr std::size_t name_max = 253;
    constexpr std::size_t label_max = 63;
    const auto is_label = [](std::string_view label) {
        return !label.empty() && label.size() <= label_max && label.front() != '-' &&
               label.back() != '-' && std::ranges::all_of(label, [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-';
               });
    };
    return host.size() <= name_max && std::ranges::all_of(split(host, '.'), is_label);
}

bool is_host(const std::string& host) {
    // "127.1" and "0x7f000001" are DNS names by shape and addresses to inet_aton: a last label that
    // starts with a digit is an address or a mistake (URL Standard, "ends in a number").
    if (is_ip_literal(host, AF_INET)) {
        return true;
    }
    const std::string_view last = split(host, '.').back();
    return is_dns_name(host) && !(last.front() >= '0' && last.front() <= '9');
}

// Splits "host:port" and "[ip6]:port"; the port may be missing.
struct HostPort {
    std::string host;
    std::optional<std::string_view> port;
};

std::optional<HostPort> split_host_port(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos ||
            !is_ip_literal(std::string(text.substr(1, end - 1)), AF_INET6)) {
            return std::nullopt;
        }
        HostPort parts{std::string(text.substr(1, end - 1)), std::nullopt};
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty()) {
            if (rest.front() != ':') {
                return std::nullopt;
            }
            parts.port = rest.substr(1);
        }
        return parts;
    }
    const std::size_t colon = text.find(':');
    HostPort parts{std::string(text.substr(0, colon)), std::nullopt};
    if (colon != std::string_view::npos) {
        parts.port = text.substr(colon + 1);
    }
    return parts;
}

bool is_url_path(std::string_view path) {
    return std::ranges::all_of(path, [](char c) {
        return c > ' ' && c < '\x7f' &&
               std::string_view("?#\\\"<>^`{|}").find(c) == std::string_view::npos;
    });
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto value = parse_quantity(text, duration_units);
    if (!value) {
        return std::nullopt;
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

std::string duration_text(std::chrono::milliseconds duration) {
    return quantity_text(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_quantity(text, size_units);
}

std::string size_text(std::uint64_t bytes) {
    return quantity_text(bytes, size_units);
}

std::optional<Address> parse_address(std::string_view text) {
    const auto parts = split_host_port(text);
    if (!parts || !parts->port) {
        return std::nullopt;
    }
    const auto port = parse_port(*parts->port);
    const bool literal = text.starts_with('[') || is_ip_literal(parts->host, AF_INET);
    if (!port || !literal) {
        return std::nullopt;
    }
    return Address{parts->host, *port};
}

std::optional<Endpoint> parse_endpoint(std::string_view url) {
    constexpr std::string_view https = "https://";
    constexpr std::string_view mllps = "mllps://";
    Endpoint endpoint;
    endpoint.kind = url.starts_with(mllps) ? Channel::mllp : Channel::https;
    if (!url.starts_with(https) && !url.starts_with(mllps)) {
        return std::nullopt;
    }
    const std::string_view rest = url.substr(https.size());
    const std::size_t slash = rest.find('/');
    const auto parts = split_host_port(rest.substr(0, slash));
    if (!parts || (!rest.starts_with('[') && !is_host(parts->host))) {
        return std::nullopt;
    }
    endpoint.host = lower_case(parts->host);
    const auto port = parts->port ? parse_port(*parts->port) : std::optional(https_port);
    if (!port || *port == 0 || (endpoint.kind == Channel::mllp && !parts->port)) {
        return std::nullopt;
    }
    endpoint.port = *port;
    endpoint.path = slash == std::string_view::npos ? "" : std::string(rest.substr(slash));
    const bool path_fits =
        endpoint.kind == Channel::mllp ? endpoint.path.empty() : is_url_path(endpoint.path);
    return path_fits ? std::optional(endpoint) : std::nullopt;
}

bool Address::is_loopback() const {
    in6_addr six{};
    if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&six) != 0;
    }
    return is_ip_literal(host, AF_INET) && host.starts_with("127.");
}

std::string Address::text() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

}  // namespace gateway
