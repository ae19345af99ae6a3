#include "gateway/app/bench/pass_sink.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "gateway/app/bench/load.h"
#include "gateway/app/bench/sink.h"

namespace gateway {

namespace {

std::optional<std::size_t> number_in(std::string_view message) {
    const std::size_t at = message.find(bench_mark);
    std::size_t number = 0;
    if (at == std::string_view::npos || message.size() < at + bench_mark.size() + bench_digits) {
        return std::nullopt;
    }
    const std::string_view digits = message.substr(at + bench_mark.size(), bench_digits);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return read.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

PassSink::PassSink(Reactor& reactor, const ListenSettings& listen, Messages sent, Channel kind,
                   Arriving arriving)
    : sent_(std::move(sent)), first_(sent_.size()), arriving_(arriving) {
    const auto taking = [this](const std::string& bytes) { take(bytes); };
    if (kind == Channel::mllp) {
        mllp_ = open_mllp_sink(reactor, listen, taking);
    } else {
        https_ = open_https_sink(reactor, listen, taking);
    }
}

void PassSink::take(const std::string& bytes) {
    const auto now = std::chrono::steady_clock::now();
    const auto number = number_in(bytes);
    const bool is_ours = number && *number < sent_.size();
    const bool is_right = is_ours && (arriving_ == Arriving::converted || bytes == *sent_[*number]);
    const std::lock_guard lock(mutex_);
    ++arrivals_.messages;
    if (!is_right) {
        ++arrivals_.changed;
    } else if (first_[*number] == std::chrono::steady_clock::time_point{}) {
        first_[*number] = now;
        ++arrivals_.distinct;
    }
}

PassSink::Arrivals PassSink::arrivals() const {
    const std::lock_guard lock(mutex_);
    return arrivals_;
}

std::vector<std::chrono::steady_clock::time_point> PassSink::times() const {
    const std::lock_guard lock(mutex_);
    return first_;
}

}  // namespace gateway
