// The benchmarks of `painbridge bench`, a file each.
#pragma once

#include <functional>
#include <string>

#include "gateway/app/cli/verb.h"

namespace CLI {
class App;
}

namespace gateway {

// Adds the options to `verb`; what is returned makes it the command that runs.
std::function<void()> add_referrals_bench(CLI::App& verb, Command& command);

void declare_bench_backlog(CLI::App& bench, Command& command);

// Also the gateway that it starts.
void declare_bench_pass(CLI::App& bench, Command& command);

// The ways in over HTTPS.
void declare_bench_http(CLI::App& bench, Command& command);

void declare_bench_neighbours(CLI::App& bench, Command& command);

void declare_bench_net(CLI::App& bench, Command& command);

// A new folder below the system's temporary one.
std::string make_bench_folder();

}  // namespace gateway
