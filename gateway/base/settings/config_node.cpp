#include "gateway/base/settings/config_node.h"

#include <algorithm>
#include <stdexcept>

// toml++ 3.3 holds some broken keys to be impossible (`x = "a".b`): an abort where assertions are
// on, undefined behaviour where they are off. Here they are always on and throw.
namespace {

[[noreturn]] void give_up_on_toml() {
    throw std::logic_error("toml++ gave up");
}

}  // namespace

#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : give_up_on_toml())
#include <toml++/toml.h>

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

void add_fault(Issues& issues, const std::string& file, Position position,
               std::string_view description) {
    Issue issue;
    issue.code = "structure";
    issue.text = "this is not TOML: " + std::string(description);
    issue.source = file;
    issue.position = position;
    issues.add(std::move(issue));
}

// Whether toml++ gives up on `content`, which tells no place.
bool gives_up(std::string_view content) {
    try {
        static_cast<void>(toml::parse(content));
    } catch (const toml::parse_error&) {  // a fault that it can tell
        return false;
    } catch (const std::logic_error&) {
        return true;
    }
    return false;
}

// The first line whose end is too much.
std::uint32_t line_of_giving_up(std::string_view content) {
    std::uint32_t line = 1;
    std::size_t end = content.find('\n');
    while (end != std::string_view::npos && !gives_up(content.substr(0, end + 1))) {
        ++line;
        end = content.find('\n', end + 1);
    }
    return line;
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
        add_fault(issues, file, to_position(error.source().begin), error.description());
    } catch (const std::logic_error&) {
        add_fault(issues, file, {line_of_giving_up(content), 1},
                  "a key or a value is broken on this line");
    }
    return std::nullopt;
}

}  // namespace gateway
