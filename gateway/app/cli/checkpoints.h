// The words of the verbs that hold the audit against its signed checkpoints.
#pragma once

#include <optional>
#include <string>

#include "gateway/app/cli/verb.h"
#include "gateway/base/settings/settings.h"
#include "gateway/flow/audit/checkpoint.h"

// NOLINTNEXTLINE(readability-identifier-naming): as the library has it
namespace CLI {
class App;
}

namespace gateway {

struct CheckpointOptions {
    std::string checkpoints;
    std::string public_key;
};

void add_checkpoint_options(CLI::App& verb, CheckpointOptions& options);

// Those of the file that is named, or of the settings'; nothing where there are none. Prints each
// line that is none.
std::optional<CheckpointList> checkpoints_of(const CheckpointOptions& options,
                                             const Settings& settings, Terminal& terminal);

}  // namespace gateway
