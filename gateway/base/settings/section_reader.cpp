#include "gateway/base/settings/section_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "gateway/base/settings/quantities.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

using Kind = ConfigNode::Kind;

std::optional<std::string> quoted_unless_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(toml_text(text));
}

std::string describe_kinds(std::initializer_list<Kind> kinds) {
    std::vector<std::string_view> names;
    for (const Kind kind : kinds) {
        names.push_back(describe(kind));
    }
    return fmt::format("{}", fmt::join(names, " or "));
}

}  // namespace

std::string toml_text(std::string_view text) {
    return fmt::format("\"{}\"", text);
}

std::string toml_list(std::span<const std::string> texts) {
    std::vector<std::string> each;
    for (const std::string& text : texts) {
        each.push_back(toml_text(text));
    }
    return fmt::format("[{}]", fmt::join(each, ", "));
}

SectionReader::SectionReader(ReadContext& context, const ConfigNode* table, std::string path)
    : context_(context), table_(table), path_(std::move(path)) {
}

bool SectionReader::has(std::string_view key) const {
    return table_ != nullptr && table_->find(key) != nullptr;
}

void SectionReader::text(std::string_view key, std::string& value) {
    if (const ConfigNode* node = take(key, quoted_unless_empty(value), {Kind::text})) {
        value = node->text;
    }
}

std::vector<std::string> SectionReader::take_texts(std::string_view key,
                                                   std::optional<std::string> default_value) {
    const ConfigNode* list = take(key, std::move(default_value), {Kind::list});
    return list == nullptr ? std::vector<std::string>{} : texts_of(key, *list);
}

std::vector<std::string> SectionReader::texts_of(std::string_view key, const ConfigNode& list) {
    std::vector<std::string> values;
    for (const ConfigNode& item : list.items) {
        if (item.kind == Kind::text) {
            values.push_back(item.text);
        } else {
            fault(key, fmt::format("every item of {} must be {}, not {}", key, describe(Kind::text),
                                   describe(item.kind)));
        }
    }
    return values;
}

void SectionReader::texts(std::string_view key, std::vector<std::string>& values) {
    const std::optional<std::string> shown =
        values.empty() ? std::nullopt : std::optional(toml_list(values));
    std::vector<std::string> read = take_texts(key, shown);
    if (has(key)) {
        values = std::move(read);
    }
}

void SectionReader::text_or_texts(std::string_view key, std::vector<std::string>& values) {
    const ConfigNode* node = take(key, std::nullopt, {Kind::text, Kind::list});
    if (node != nullptr) {
        values = node->kind == Kind::text ? std::vector{node->text} : texts_of(key, *node);
    }
}

void SectionReader::flag(std::string_view key, bool& value) {
    if (const ConfigNode* node = take(key, value ? "true" : "false", {Kind::boolean})) {
        value = node->boolean;
    }
}

void SectionReader::path(std::string_view key, std::string& value) {
    text(key, value);
    if (!value.empty() && context_.described == nullptr) {
        value = (std::filesystem::path(context_.folder) / value).lexically_normal().string();
    }
}

void SectionReader::number(std::string_view key, std::uint32_t& value, Range<std::uint32_t> range) {
    const ConfigNode* node = take(key, fmt::format("{}", value), {Kind::integer});
    if (node == nullptr) {
        return;
    }
    if (node->integer < range.min || node->integer > range.max) {
        fault(key, fmt::format("{} must be from {} to {}", key, range.min, range.max));
        return;
    }
    value = static_cast<std::uint32_t>(node->integer);
}

void SectionReader::real(std::string_view key, double& value, Range<double> range) {
    const ConfigNode* node = take(key, fmt::format("{:.1f}", value), {Kind::real, Kind::integer});
    if (node == nullptr) {
        return;
    }
    const double given =
        node->kind == Kind::integer ? static_cast<double>(node->integer) : node->real;
    // The negation refuses nan as well.
    if (!(given >= range.min && given <= range.max)) {
        fault(key, fmt::format("{} must be from {} to {}", key, range.min, range.max));
        return;
    }
    value = given;
}

void SectionReader::size(std::string_view key, std::uint64_t& value, Range<std::uint64_t> range) {
    const ConfigNode* node = take(key, toml_text(size_text(value)), {Kind::text});
    if (node == nullptr) {
        return;
    }
    const auto given = parse_size(node->text);
    if (!given) {
        fault(key, fmt::format("{} must be a size such as \"512B\", \"64KiB\" or \"16MiB\"", key));
    } else if (*given < range.min || *given > range.max) {
        fault(key, fmt::format("{} must be from {} to {}", key, size_text(range.min),
                               size_text(range.max)));
    } else {
        value = *given;
    }
}

void SectionReader::duration(std::string_view key, std::chrono::milliseconds& value,
                             Range<std::chrono::milliseconds> range) {
    const ConfigNode* node = take(key, toml_text(duration_text(value)), {Kind::text});
    if (node == nullptr) {
        return;
    }
    const auto given = parse_duration(node->text);
    if (!given) {
        fault(key, fmt::format("{} must be a duration such as \"250ms\", \"30s\", \"5min\", "
                               "\"24h\" or \"30d\"",
                               key));
    } else if (*given < range.min || *given > range.max) {
        fault(key, fmt::format("{} must be from {} to {}", key, duration_text(range.min),
                               duration_text(range.max)));
    } else {
        value = *given;
    }
}

void SectionReader::duration_or(std::string_view key,
                                std::optional<std::chrono::milliseconds>& value,
                                std::string_view word, Range<std::chrono::milliseconds> range) {
    const std::string shown = value ? duration_text(*value) : std::string(word);
    const ConfigNode* node = take(key, toml_text(shown), {Kind::text});
    if (node == nullptr) {
        return;
    }
    const auto given = parse_duration(node->text);
    if (node->text == word) {
        value.reset();
    } else if (!given) {
        fault(key,
              fmt::format("{} must be \"{}\" or a duration such as \"24h\" or \"30d\"", key, word));
    } else if (*given < range.min || *given > range.max) {
        fault(key, fmt::format("{} must be \"{}\" or from {} to {}", key, word,
                               duration_text(range.min), duration_text(range.max)));
    } else {
        value = given;
    }
}

void SectionReader::address(std::string_view key, std::optional<Address>& value) {
    const auto shown = value ? std::optional(toml_text(value->text())) : std::nullopt;
    const ConfigNode* node = take(key, shown, {Kind::text});
    if (node == nullptr) {
        return;
    }
    value = node->text.empty() ? std::nullopt : parse_address(node->text);
    if (!value && !node->text.empty()) {
        fault(key, fmt::format("{} must be an IP address and a port, such as \"127.0.0.1:2575\" or "
                               "\"[::1]:2575\"",
                               key));
    }
}

std::optional<SecretReference> SectionReader::reference_of(const ConfigNode& node) const {
    const bool one_key = node.kind == Kind::table && node.entries.size() == 1;
    const ConfigEntry* entry = one_key ? &node.entries.front() : nullptr;
    const bool known = entry != nullptr && (entry->name == "file" || entry->name == "env") &&
                       entry->value.kind == Kind::text && !entry->value.text.empty();
    if (!known) {
        return std::nullopt;
    }
    if (entry->name == "env") {
        return SecretReference{SecretReference::Kind::env, entry->value.text};
    }
    const auto path = std::filesystem::path(context_.folder) / entry->value.text;
    return SecretReference{SecretReference::Kind::file, path.lexically_normal().string()};
}

void SectionReader::secret(std::string_view key, SecretReference& value) {
    const ConfigNode* node = take(key, std::nullopt, {Kind::table, Kind::text});
    if (node == nullptr) {
        return;
    }
    if (const auto reference = reference_of(*node)) {
        value = *reference;
        return;
    }
    fault(key,
          fmt::format("{0} is a secret and never stands here itself: write {0} = "
                      "{{ file = \"…\" }} or {0} = {{ env = \"…\" }}",
                      key),
          "security");
}

void SectionReader::secrets(std::string_view key, std::vector<SecretReference>& values) {
    const ConfigNode* list = take(key, std::nullopt, {Kind::list, Kind::table, Kind::text});
    if (list == nullptr) {
        return;
    }
    for (const ConfigNode& item : list->items) {
        if (const auto reference = reference_of(item)) {
            values.push_back(*reference);
        }
    }
    if (values.empty() || values.size() != list->items.size()) {
        fault(key,
              fmt::format("{0} is a list of secrets, which never stand here themselves: write {0} "
                          "= [{{ file = \"…\" }}]",
                          key),
              "security");
    }
}

void SectionReader::section(std::string_view key, const Body& body) {
    const bool describing = context_.described != nullptr;
    known_.emplace_back(key);
    const ConfigNode* node = table_ == nullptr ? nullptr : table_->find(key);
    if (node != nullptr && node->kind != Kind::table && !describing) {
        fault(key, fmt::format("{} must be a table, not {}", key, describe(node->kind)));
        node = nullptr;
    }
    SectionReader inner(context_, node, path_of(key));
    body(inner);
    inner.finish();
}

void SectionReader::sections(std::string_view key, const Body& body) {
    known_.emplace_back(key);
    if (context_.described != nullptr) {
        SectionReader inner(context_, nullptr, path_of(key));
        body(inner);
        return;
    }
    const ConfigNode* list = table_ == nullptr ? nullptr : table_->find(key);
    if (list == nullptr) {
        return;
    }
    const bool all_tables =
        list->kind == Kind::list && std::ranges::all_of(list->items, [](const ConfigNode& item) {
            return item.kind == Kind::table;
        });
    if (!all_tables) {
        fault(key, fmt::format("{0} must be written as [[{0}]], once for each", path_of(key)));
        return;
    }
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        SectionReader inner(context_, &list->items[i], fmt::format("{}[{}]", path_of(key), i));
        body(inner);
        inner.finish();
    }
}

void SectionReader::fault(std::string_view key, std::string text, std::string_view code) {
    add(Severity::error, key, std::move(text), code);
}

void SectionReader::warn(std::string_view key, std::string text) {
    add(Severity::warning, key, std::move(text), "business-rule");
}

void SectionReader::require(std::string_view key, std::string_view why) {
    if (!has(key)) {
        fault(key, fmt::format("{} is missing: {}", path_of(key), why), "required");
    }
}

Position SectionReader::position_of(std::string_view key) const {
    if (table_ == nullptr) {
        return {};
    }
    const auto at = std::ranges::find_if(
        table_->entries, [key](const ConfigEntry& entry) { return entry.name == key; });
    return at == table_->entries.end() ? table_->position : at->position;
}

void SectionReader::finish() {
    if (table_ == nullptr) {
        return;
    }
    for (const ConfigEntry& entry : table_->entries) {
        if (std::ranges::find(known_, entry.name) != known_.end()) {
            continue;
        }
        const auto nearest = nearest_word(entry.name, known_);
        fault(entry.name,
              nearest ? fmt::format("{} is not a key here; did you mean {}?", entry.name, *nearest)
                      : fmt::format("{} is not a key here; the keys are {}", entry.name,
                                    fmt::join(known_, ", ")),
              "structure");
    }
}

const ConfigNode* SectionReader::take(std::string_view key,
                                      std::optional<std::string> default_value,
                                      std::initializer_list<ConfigNode::Kind> kinds) {
    known_.emplace_back(key);
    if (context_.described != nullptr) {
        context_.described->push_back({path_of(key), std::move(default_value)});
        return nullptr;
    }
    const ConfigNode* node = table_ == nullptr ? nullptr : table_->find(key);
    if (node == nullptr || std::ranges::find(kinds, node->kind) != kinds.end()) {
        return node;
    }
    fault(key,
          fmt::format("{} must be {}, not {}", key, describe_kinds(kinds), describe(node->kind)));
    return nullptr;
}

std::string SectionReader::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

std::optional<std::size_t> SectionReader::choose(std::string_view key, const ConfigNode& node,
                                                 std::span<const std::string> names) {
    const auto found = std::ranges::find(names, node.text);
    if (node.kind == Kind::text && found != names.end()) {
        return static_cast<std::size_t>(found - names.begin());
    }
    const auto nearest = node.kind == Kind::text ? nearest_word(node.text, names) : std::nullopt;
    fault(key, fmt::format("{} must be one of {}{}", key, fmt::join(names, ", "),
                           nearest ? fmt::format("; did you mean {}?", *nearest) : ""));
    return std::nullopt;
}

void SectionReader::add(Severity severity, std::string_view key, std::string text,
                        std::string_view code) {
    if (context_.described != nullptr) {
        return;
    }
    Issue issue;
    issue.severity = severity;
    issue.code = code;
    issue.path = path_of(key);
    issue.text = std::move(text);
    issue.source = context_.file;
    issue.position = position_of(key);
    context_.issues.add(std::move(issue));
}

}  // namespace gateway
