// Reads the keys of one table into typed members and gathers every fault: a wrong type, a value
// out of range, a key that does not exist (with the nearest one that does).
// The same section functions also describe their keys: on a reader without a table each call
// records the key and the default that stands in the member.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/settings/config_node.h"
#include "gateway/base/settings/settings.h"

namespace gateway {

// One file being read: where its faults go and what its paths are relative to.
struct ReadContext {
    std::string file;
    std::string folder;
    Issues& issues;
    std::vector<SettingsKey>* described = nullptr;
};

template <typename Value>
struct Range {
    Value min;
    Value max;
};

class SectionReader {
public:
    using Body = std::function<void(SectionReader&)>;

    // `table` may be nullptr: the section is not in the file.
    SectionReader(ReadContext& context, const ConfigNode* table, std::string path);

    bool present() const { return table_ != nullptr; }

    bool has(std::string_view key) const;

    void text(std::string_view key, std::string& value);
    void texts(std::string_view key, std::vector<std::string>& values);
    // A text, or a list of them.
    void text_or_texts(std::string_view key, std::vector<std::string>& values);
    // true or false
    void flag(std::string_view key, bool& value);
    // Relative to the file's folder, the default too.
    void path(std::string_view key, std::string& value);
    void number(std::string_view key, std::uint32_t& value, Range<std::uint32_t> range);
    void real(std::string_view key, double& value, Range<double> range);
    // "64 KiB"
    void size(std::string_view key, std::uint64_t& value, Range<std::uint64_t> range);
    // "250ms", "30s", "5min", "24h", "30d"
    void duration(std::string_view key, std::chrono::milliseconds& value,
                  Range<std::chrono::milliseconds> range);
    // A duration, or the word that stands for nothing.
    void duration_or(std::string_view key, std::optional<std::chrono::milliseconds>& value,
                     std::string_view word, Range<std::chrono::milliseconds> range);
    void address(std::string_view key, std::optional<Address>& value);
    void secret(std::string_view key, SecretReference& value);
    void secrets(std::string_view key, std::vector<SecretReference>& values);

    // One word of a closed list; `to_string(Word)` names them.
    template <typename Word>
    void word(std::string_view key, Word& value, std::initializer_list<Word> all);

    template <typename Word>
    void words(std::string_view key, std::vector<Word>& values, std::initializer_list<Word> all);

    // A table inside this one; the body runs also if it is not there, for the defaults.
    void section(std::string_view key, const Body& body);
    // [[key]]: the body runs for each; when describing, once.
    void sections(std::string_view key, const Body& body);

    // Adds a fault at the key, or at the table if the key is not in it.
    void fault(std::string_view key, std::string text, std::string_view code = "value");
    void warn(std::string_view key, std::string text);
    void require(std::string_view key, std::string_view why);

    Position position_of(std::string_view key) const;

    const ReadContext& context() const { return context_; }

    // Reports keys that no call has asked for.
    void finish();

private:
    const ConfigNode* take(std::string_view key, std::optional<std::string> default_value,
                           std::initializer_list<ConfigNode::Kind> kinds);
    std::string path_of(std::string_view key) const;
    std::optional<SecretReference> reference_of(const ConfigNode& node) const;
    std::optional<std::size_t> choose(std::string_view key, const ConfigNode& node,
                                      std::span<const std::string> names);
    std::vector<std::string> take_texts(std::string_view key,
                                        std::optional<std::string> default_value);
    std::vector<std::string> texts_of(std::string_view key, const ConfigNode& list);
    void add(Severity severity, std::string_view key, std::string text, std::string_view code);

    ReadContext& context_;
    const ConfigNode* table_;
    std::string path_;
    std::vector<std::string> known_;
};

std::string toml_text(std::string_view text);
std::string toml_list(std::span<const std::string> texts);

template <typename Word>
void SectionReader::word(std::string_view key, Word& value, std::initializer_list<Word> all) {
    std::vector<std::string> names;
    for (const Word each : all) {
        names.emplace_back(to_string(each));
    }
    if (const ConfigNode* node = take(key, toml_text(to_string(value)), {ConfigNode::Kind::text})) {
        if (const auto chosen = choose(key, *node, names)) {
            value = std::data(all)[*chosen];
        }
    }
}

template <typename Word>
void SectionReader::words(std::string_view key, std::vector<Word>& values,
                          std::initializer_list<Word> all) {
    std::vector<std::string> names;
    for (const Word each : all) {
        names.emplace_back(to_string(each));
    }
    std::vector<std::string> defaults;
    for (const Word each : values) {
        defaults.emplace_back(to_string(each));
    }
    const ConfigNode* list =
        take(key, defaults.empty() ? std::nullopt : std::optional(toml_list(defaults)),
             {ConfigNode::Kind::list});
    if (list == nullptr) {
        return;
    }
    values.clear();
    for (const ConfigNode& item : list->items) {
        if (const auto chosen = choose(key, item, names)) {
            values.push_back(std::data(all)[*chosen]);
        }
    }
}

}  // namespace gateway
