#include "tests/torture/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <random>

namespace gateway::torture {

namespace {

std::optional<std::uint64_t> number_of(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes the environment
    const char* set = std::getenv(name);
    const std::string_view text = set == nullptr ? "" : set;
    std::uint64_t number = 0;
    const auto end = text.data() + text.size();
    const bool is_number = !text.empty() && std::from_chars(text.data(), end, number).ptr == end;
    return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> rounds_asked() {
    return number_of("TORTURE_ROUNDS");
}

void tell(const Stopped& stopped, std::string_view scenario) {
    if (rounds_asked()) {
        std::cout << fmt::format("stopped {:<6} {:<18} {:>3} times, reached {:>3}, {}\n",
                                 stopped.moment == ActMoment::before ? "before" : "after",
                                 act_site_names.at(static_cast<std::size_t>(stopped.site)),
                                 stopped.times, stopped.reached, scenario)
                  << std::flush;
    }
}

unsigned seed() {
    static const unsigned of_this_process = std::random_device{}();
    return static_cast<unsigned>(number_of("TORTURE_SEED").value_or(of_this_process));
}

std::vector<std::uint64_t> spread(std::uint64_t last, std::uint64_t wanted) {
    const std::uint64_t count = std::min(last, wanted);
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < count; ++i) {
        numbers.push_back(1 + i * (last - 1) / std::max<std::uint64_t>(count - 1, 1));
    }
    return numbers;
}

}  // namespace gateway::torture
