#include "gateway/engine/map/line_index.h"

#include <algorithm>
#include <iterator>

namespace gateway {

// A line ends with LF, CR LF or CR.
LineIndex::LineIndex(std::string_view text) : starts_{0} {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool lone_return = text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
        if (text[i] == '\n' || lone_return) {
            starts_.push_back(i + 1);
        }
    }
}

Position LineIndex::at(std::size_t offset) const {
    const auto next = std::ranges::upper_bound(starts_, offset);
    return {static_cast<std::uint32_t>(next - starts_.begin()),
            static_cast<std::uint32_t>(offset - *std::prev(next) + 1)};
}

}  // namespace gateway
