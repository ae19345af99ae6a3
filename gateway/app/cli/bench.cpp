#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>

#include "gateway/app/cli/benches.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"

namespace gateway {

std::string make_bench_folder() {
    std::string path =
        (std::filesystem::temp_directory_path() / "painbridge-bench-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
        throw Failure(Category::unavailable, path + ": no temporary folder can be made");
    }
    return path;
}

void declare_bench(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "bench",
        "Measure referrals a second, end to end, or the network alone, on this machine\n\n"
        "  painbridge bench                      4,000 referrals over 8 connections\n"
        "  painbridge bench --rate 200           open loop, 200 a second\n"
        "  painbridge bench backlog              100,000 that wait: start and drain\n"
        "  painbridge bench pass                 messages passed on as they came\n"
        "  painbridge bench http                 what comes in over HTTPS\n"
        "  painbridge bench neighbours           a good destination beside a dead and a slow one\n"
        "  painbridge bench net                  HTTPS, new mTLS connections, MLLP\n\n"
        "Starts a gateway, drives it over MLLP/TLS, takes what it delivers over HTTPS. Load and "
        "sink\n"
        "run beside it on the same machine; every message is counted at the far end.");
    verb->require_subcommand(0, 1);
    verb->callback([verb, choose = add_referrals_bench(*verb, command)] {
        if (verb->get_subcommands().empty()) {
            choose();
        }
    });
    CLI::App* referrals =
        verb->add_subcommand("referrals",
                             "Referrals end to end, as `painbridge bench` does\n\n"
                             "  painbridge bench referrals --count 10000");
    referrals->callback(add_referrals_bench(*referrals, command));
    declare_bench_backlog(*verb, command);
    declare_bench_pass(*verb, command);
    declare_bench_http(*verb, command);
    declare_bench_neighbours(*verb, command);
    declare_bench_net(*verb, command);
}

}  // namespace gateway
