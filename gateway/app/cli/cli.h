// The command line of the one binary: verbs, help, exit codes. One of the five places that catch a
// `Failure`; the only folder that prints.
#pragma once

#include <span>
#include <string>

#include "gateway/app/cli/verb.h"

namespace gateway {

// `arguments` without the program's name.
ExitCode run_cli(std::span<const std::string> arguments, Terminal& terminal);

}  // namespace gateway
