// The verbs, a file each: every declaration adds a subcommand to `app` and, when that is chosen,
// sets `command`.
#pragma once

#include "gateway/app/cli/verb.h"

namespace CLI {
class App;
}

namespace gateway {

void declare_serve(CLI::App& app, Command& command);
void declare_check(CLI::App& app, Command& command);
void declare_demo(CLI::App& app, Command& command);
void declare_twin(CLI::App& app, Command& command);
void declare_send(CLI::App& app, Command& command);
void declare_trace(CLI::App& app, Command& command);
void declare_queue(CLI::App& app, Command& command);
void declare_audit(CLI::App& app, Command& command);
void declare_alarm(CLI::App& app, Command& command);
void declare_store(CLI::App& app, Command& command);
void declare_map(CLI::App& app, Command& command);
void declare_validate(CLI::App& app, Command& command);
void declare_convert(CLI::App& app, Command& command);
void declare_fhirpath(CLI::App& app, Command& command);
void declare_bench(CLI::App& app, Command& command);

}  // namespace gateway
