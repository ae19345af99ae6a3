// The words that the verbs of `queue` share: which configuration, which deliveries.
#pragma once

#include <string>
#include <vector>

#include "gateway/app/cli/verb.h"
#include "gateway/base/clock.h"
#include "gateway/base/settings/settings.h"
#include "gateway/flow/deliver/queue.h"

// NOLINTNEXTLINE(readability-identifier-naming): as the library has it
namespace CLI {
class App;
}

namespace gateway {

struct QueueOptions {
    std::string folder = "config";
    std::string destination;
    std::vector<std::string> states;
    std::string message;
    std::string older_than;
    std::string newer_than;
    std::string from;
    std::string reason;
    bool json = false;

    // Whether any word chooses among the deliveries.
    bool has_filter() const;
};

void add_queue_options(CLI::App& verb, QueueOptions& options);

// Failure `unavailable` names the word that is wrong and what it may be.
QueueFilter filter_of(const QueueOptions& options, Instant now);

// Failure `unavailable` if --destination or --from is no partner, now or in the store: a name that
// was mistyped must not look like an empty queue.
void check_names(const QueueOptions& options, const Settings& settings, const StoreReads& store);

// Who sits at the terminal, for the audit.
std::string login();

// Failure `invalid` with every fault of the configuration.
Settings settings_of(const std::string& folder);

// The verbs below `queue` that change something: hold, release, replay.
void declare_queue_acts(CLI::App& queue, Command& command);

}  // namespace gateway
