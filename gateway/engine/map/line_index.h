// Where the lines of a text begin, so that many offsets become positions without counting from the
// top each time. Immutable; counts lines as `position_at` does.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"

namespace gateway {

class LineIndex {
public:
    explicit LineIndex(std::string_view text = {});

    Position at(std::size_t offset) const;

private:
    std::vector<std::size_t> starts_;
};

}  // namespace gateway
