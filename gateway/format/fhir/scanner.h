// Takes small pieces off the front of a text: what the matchers of primitives are made of.
// Not thread-safe; views the text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gateway {

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool at_end() const { return text_.empty(); }

    bool take(char c) {
        const bool found = text_.starts_with(c);
        text_.remove_prefix(static_cast<std::size_t>(found));
        return found;
    }

    // All digits that stand here; how many there were.
    std::size_t digits();

    // Exactly that many digits.
    std::optional<int> number(std::size_t size);

private:
    std::string_view text_;
};

}  // namespace gateway
