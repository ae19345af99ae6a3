// One step of a schema: a numbered .sql file of a backend's folder migrations/, part of the binary.
#pragma once

#include <cstdint>
#include <string_view>

namespace gateway::sql {

struct Migration {
    std::int64_t version = 0;  // 1, 2, 3 …
    std::string_view name;
    std::string_view sql;
};

}  // namespace gateway::sql
