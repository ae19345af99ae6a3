// The reference files are the documentation of the configuration: these tests hold them to the
// code.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gateway/base/settings/config_node.h"
#include "gateway/base/settings/settings.h"
#include "gateway/base/text.h"

namespace gateway {
namespace {

const std::string config = PAINBRIDGE_ROOT "/config";

// "# key = …" and "# [section]" become live; sentences stay comments.
std::string with_examples_live(const std::string& content) {
    std::string out;
    for (const std::string_view line : split(content, '\n')) {
        const std::string_view rest = line.starts_with("# ") ? line.substr(2) : line;
        const std::size_t word =
            std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), rest.size());
        const bool is_key = word > 0 && rest.substr(word).starts_with(" = ");
        out += is_key || rest.starts_with('[') ? rest : line;
        out += '\n';
    }
    return out;
}

std::string toml_of(const ConfigNode& node) {
    switch (node.kind) {
        case ConfigNode::Kind::text:
            return "\"" + node.text + "\"";
        case ConfigNode::Kind::integer:
            return std::to_string(node.integer);
        case ConfigNode::Kind::real:
            return std::to_string(node.real).substr(0, 3);
        case ConfigNode::Kind::boolean:
            return node.boolean ? "true" : "false";
        case ConfigNode::Kind::list: {
            std::string out;
            for (const ConfigNode& item : node.items) {
                out += (out.empty() ? "" : ", ") + toml_of(item);
            }
            return "[" + out + "]";
        }
        default:
            return "{}";
    }
}

// Nothing if the key is not there; the first of [[repeated]] sections stands for all.
std::optional<std::string> value_at(const ConfigNode& root, std::string_view path) {
    const ConfigNode* node = &root;
    for (const std::string_view part : split(path, '.')) {
        if (node != nullptr && node->kind == ConfigNode::Kind::list && !node->items.empty()) {
            node = &node->items.front();
        }
        node = node == nullptr ? nullptr : node->find(part);
    }
    return node == nullptr ? std::nullopt : std::optional(toml_of(*node));
}

ConfigNode parsed(const std::string& content) {
    Issues issues;
    const auto root = parse_toml(content, "reference", issues);
    EXPECT_TRUE(root) << render_settings_issues(issues);
    return root.value_or(ConfigNode{});
}

TEST(SettingsReference, ShowsEveryKeyWithItsDefault) {
    const std::string content = read_file(config + "/painbridge.toml");
    const ConfigNode live = parsed(content);
    const ConfigNode whole = parsed(with_examples_live(content));
    for (const SettingsKey& key : settings_keys()) {
        EXPECT_TRUE(value_at(whole, key.path))
            << "config/painbridge.toml does not show " << key.path << ": add it with a comment";
        EXPECT_EQ(value_at(live, key.path).value_or("no live value"),
                  key.default_value.value_or("no live value"))
            << "the default of " << key.path
            << " in config/painbridge.toml is not that of the code";
    }
}

TEST(SettingsReference, IsFreeOfFaultsButForTheKeysThatEveryoneMakes) {
    Issues issues;
    load_settings(config, issues);
    std::vector<std::string> errors;
    for (const Issue& issue : issues) {
        if (issue.severity == Severity::error) {
            errors.push_back(issue.path);
        }
    }
    EXPECT_EQ(errors, (std::vector<std::string>{"store.keys", "ids.key"}))
        << render_settings_issues(issues);
}

TEST(PartnerReference, ShowsEveryKeyWithItsDefault) {
    const std::set<std::string> given_by_everyone = {"id", "name", "role"};
    const ConfigNode whole =
        parsed(with_examples_live(read_file(config + "/partners/example.toml")));
    for (const SettingsKey& key : partner_keys()) {
        const auto shown = value_at(whole, key.path);
        EXPECT_TRUE(shown) << "config/partners/example.toml does not show " << key.path;
        if (shown && key.default_value && !given_by_everyone.contains(key.path)) {
            EXPECT_EQ(*shown, *key.default_value) << key.path;
        }
    }
}

TEST(SettingsReference, KnowsNoKeyTwice) {
    std::set<std::string> seen;
    for (const SettingsKey& key : settings_keys()) {
        EXPECT_TRUE(seen.insert(key.path).second) << key.path;
    }
}

}  // namespace
}  // namespace gateway
