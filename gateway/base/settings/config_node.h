// A parsed TOML file as plain values that know their place in it. The only door to toml++ is
// config_node.cpp, so that the sections compile without it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"

namespace gateway {

struct ConfigEntry;

struct ConfigNode {
    enum class Kind { text, integer, real, boolean, list, table, time };

    Kind kind = Kind::table;
    Position position;
    std::string text;
    std::int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    std::vector<ConfigNode> items;
    std::vector<ConfigEntry> entries;

    // The value of a key of a table; nullptr if it has none.
    const ConfigNode* find(std::string_view name) const;
};

struct ConfigEntry {
    std::string name;
    Position position;
    ConfigNode value;
};

// "a text", "a number": for "… must be a text, not a number".
std::string_view describe(ConfigNode::Kind kind);

// Nothing, and one issue, if `content` is not TOML.
std::optional<ConfigNode> parse_toml(std::string_view content, const std::string& file,
                                     Issues& issues);

}  // namespace gateway
