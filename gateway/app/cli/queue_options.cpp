#include "gateway/app/cli/queue_options.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "gateway/base/failure.h"
#include "gateway/base/settings/quantities.h"

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
