// Element names as small numbers, so that trees, paths and maps compare names in one instruction.
// Built once at start (schema names, v2 field names), then shared const: safe to read from
// anywhere.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gateway {

using NameId = std::uint32_t;

class NameTable {
public:
    NameTable() = default;
    NameTable(const NameTable&) = delete;
    NameTable& operator=(const NameTable&) = delete;
    NameTable(NameTable&&) = delete;
    NameTable& operator=(NameTable&&) = delete;
    ~NameTable() = default;

    // While building only.
    NameId add(std::string_view name);

    std::optional<NameId> find(std::string_view name) const;

    std::string_view text(NameId id) const { return texts_[id]; }

    std::size_t size() const { return texts_.size(); }

private:
    std::deque<std::string> texts_;  // a deque keeps the map's views valid
    std::unordered_map<std::string_view, NameId> ids_;
};

}  // namespace gateway
