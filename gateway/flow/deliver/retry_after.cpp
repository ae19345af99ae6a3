#include "gateway/flow/deliver/retry_after.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/text.h"

namespace gateway {

namespace {

// More is not a pause but a fault of the peer's.
constexpr std::chrono::seconds longest{std::chrono::hours(24 * 365)};

std::optional<std::chrono::seconds> seconds_in(std::string_view text) {
    std::chrono::seconds::rep count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (stop != text.data() + text.size() || error == std::errc::invalid_argument) {
        return std::nullopt;
    }
    return error == std::errc{} ? std::chrono::seconds(count) : longest;
}

// IMF-fixdate, the form that everybody sends.
std::optional<std::chrono::seconds> date_in(std::string_view text) {
    std::tm parts{};
    const std::string whole{text};
    const char* stop = ::strptime(whole.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (stop == nullptr || *stop != '\0') {
        return std::nullopt;
    }
    return std::chrono::seconds(::timegm(&parts));
}

}  // namespace

std::chrono::seconds retry_after(const HttpHeaders& headers) {
    const std::string_view asked = trimmed(headers.find("Retry-After").value_or(""));
    auto pause = seconds_in(asked);
    if (!pause) {
        const auto until = date_in(asked);
        const auto now = date_in(trimmed(headers.find("Date").value_or("")));
        pause = until && now ? *until - *now : std::chrono::seconds{};
    }
    return std::clamp(*pause, std::chrono::seconds{}, longest);
}

}  // namespace gateway
