#include "gateway/base/settings/config_node.h"

#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

namespace gateway {

namespace {

Position to_position(const toml::source_position& at) {
    return {at.line, at.column};
}

ConfigNode to_node(const toml::node& from);

ConfigNode to_table(const toml::table& from) {
    ConfigNode node;
    for (const auto& [key, value] : from) {
        node.entries.push_back(
            {std::string(key.str()), to_position(key.source().begin), to_node(value)});
    }
    // toml++ sorts by name; faults are better told in the order of the file.
    std::ranges::sort(node.entries, [](const ConfigEntry& left, const ConfigEntry& right) {
        return std::pair(left.position.line, left.position.column) <
               std::pair(right.position.line, right.position.column);
    });
    return node;
}

ConfigNode to_list(const toml::array& from) {
    ConfigNode node;
    node.kind = ConfigNode::Kind::list;
    for (const toml::node& item : from) {
        node.items.push_back(to_node(item));
    }
    return node;
}

ConfigNode to_scalar(const toml::node& from) {
    ConfigNode node;
    if (const auto* text = from.as_string()) {
        node.kind = ConfigNode::Kind::text;
        node.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        node.kind = ConfigNode::Kind::integer;
        node.integer = integer->get();
    } else if (const auto* real = from.as_floating_point()) {
        node.kind = ConfigNode::Kind::real;
        node.real = real->get();
    } else if (const auto* boolean = from.as_boolean()) {
        node.kind = ConfigNode::Kind::boolean;
        node.boolean = boolean->get();
    } else {
        node.kind = ConfigNode::Kind::time;
    }
    return node;
}

// Depth is bounded by toml++ itself (TOML_MAX_NESTED_VALUES, 256).
ConfigNode to_node(const toml::node& from) {
    ConfigNode node;
    if (const auto* table = from.as_table()) {
        node = to_table(*table);
    } else if (const auto* list = from.as_array()) {
        node = to_list(*list);
    } else {
        node = to_scalar(from);
    }
    node.position = to_position(from.source().begin);
    return node;
}

}  // namespace

const ConfigNode* ConfigNode::find(std::string_view name) const {
    const auto at =
        std::ranges::find_if(entries, [name](const ConfigEntry& e) { return e.name == name; });
    return at == entries.end() ? nullptr : &at->value;
}

std::string_view describe(ConfigNode::Kind kind) {
    switch (kind) {
        case ConfigNode::Kind::text:
            return "a text in quotes";
        case ConfigNode::Kind::integer:
            return "a whole number";
        case ConfigNode::Kind::real:
            return "a number";
        case ConfigNode::Kind::boolean:
            return "true or false";
        case ConfigNode::Kind::list:
            return "a list";
        case ConfigNode::Kind::table:
            return "a table";
        case ConfigNode::Kind::time:
            return "a date or time";
    }
    throw std::logic_error("unknown kind of configuration value");
}

std::optional<ConfigNode> parse_toml(std::string_view content, const std::string& file,
                                     Issues& issues) {
    try {
        return to_node(toml::parse(content));
    } catch (const toml::parse_error& error) {
        Issue issue;
        issue.code = "structure";
        issue.text = "this is not TOML: " + std::string(error.description());
        issue.source = file;
        issue.position = to_position(error.source().begin);
        issues.add(std::move(issue));
        return std::nullopt;
    }
}

}  // namespace gateway
