#include "gateway/app/cli/queue_options.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "gateway/base/failure.h"
#include "gateway/base/settings/quantities.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

DeliveryState state_of(const std::string& word) {
    if (const auto state = parse_delivery_state(word)) {
        return *state;
    }
    throw Failure(Category::unavailable,
                  fmt::format("--state {}: there is no such state; it may be pending, leased, "
                              "held, quarantined or delivered",
                              word));
}

std::optional<Instant> before(Instant now, std::string_view option, const std::string& duration) {
    if (duration.empty()) {
        return std::nullopt;
    }
    if (const auto parsed = parse_duration(duration)) {
        return now - *parsed;
    }
    throw Failure(Category::unavailable, fmt::format("{} {}: an age is a number with its unit, "
                                                     "such as 30s, 15min, 2h or 7d",
                                                     option, duration));
}

std::vector<DeliveryState> all_states() {
    return {DeliveryState::pending, DeliveryState::leased, DeliveryState::held,
            DeliveryState::quarantined, DeliveryState::delivered};
}

bool is_partner(const Settings& settings, std::string_view id) {
    return std::ranges::find(settings.partners, id, &Partner::id) != settings.partners.end();
}

[[noreturn]] void refuse_name(std::string_view option, const std::string& name,
                              const Settings& settings) {
    std::vector<std::string> ids;
    for (const Partner& partner : settings.partners) {
        ids.push_back(partner.id);
    }
    const auto nearest = nearest_word(name, ids);
    throw Failure(
        Category::unavailable,
        fmt::format("{} {}: no partner has this id, and nothing in the store is of it{}", option,
                    name, nearest ? fmt::format("; did you mean {}?", *nearest) : ""));
}

}  // namespace

bool QueueOptions::has_filter() const {
    return !destination.empty() || !states.empty() || !message.empty() || !older_than.empty() ||
           !newer_than.empty() || !from.empty() || !reason.empty();
}

void add_queue_options(CLI::App& verb, QueueOptions& options) {
    verb.add_option("--config", options.folder, "folder with painbridge.toml")
        ->capture_default_str();
    verb.add_option("--destination", options.destination, "only those to this partner");
    verb.add_option("--from", options.from,
                    "only messages from this partner that are in quarantine and have no delivery");
    verb.add_option("--state", options.states,
                    "only those pending, leased, held, quarantined or delivered; may be given "
                    "several times")
        ->allow_extra_args(false);
    verb.add_option("--message", options.message, "only those of the message with this id");
    verb.add_option("--reason", options.reason,
                    "only those whose last outcome has this text in it: \"no route\"");
    verb.add_option("--older-than", options.older_than,
                    "only those made longer ago: 15min, 2h, 7d");
    verb.add_option("--newer-than", options.newer_than, "only those made since: 15min, 2h, 7d");
    verb.add_flag("--json", options.json, "print JSON");
}

QueueFilter filter_of(const QueueOptions& options, Instant now) {
    QueueFilter filter;
    filter.destination = options.destination;
    for (const std::string& word : options.states) {
        filter.states.push_back(state_of(word));
    }
    filter.message = options.message;
    filter.from = options.from;
    filter.reason = options.reason;
    filter.created_before = before(now, "--older-than", options.older_than);
    filter.created_after = before(now, "--newer-than", options.newer_than);
    return filter;
}

void check_names(const QueueOptions& options, const Settings& settings, const StoreReads& store) {
    const auto is_in_store = [&](const QueueFilter& filter) {
        return !select_deliveries(store, filter, 1).empty() ||
               !select_stranded(store, filter, 1).empty();
    };
    if (!options.destination.empty() && !is_partner(settings, options.destination) &&
        !is_in_store({.destination = options.destination, .states = all_states()})) {
        refuse_name("--destination", options.destination, settings);
    }
    if (!options.from.empty() && !is_partner(settings, options.from) &&
        !is_in_store({.from = options.from})) {
        refuse_name("--from", options.from, settings);
    }
}

std::string login() {
    const uid_t user = ::geteuid();
    const passwd* entry = ::getpwuid(user);  // NOLINT(concurrency-mt-unsafe): the only thread
    return entry == nullptr ? fmt::format("uid-{}", user) : std::string(entry->pw_name);
}

Settings settings_of(const std::string& folder) {
    Issues issues;
    Settings settings = load_settings(folder, issues);
    if (issues.has_errors()) {
        throw Failure(Category::invalid, "the configuration has faults", {}, issues);
    }
    return settings;
}

}  // namespace gateway
