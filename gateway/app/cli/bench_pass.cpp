#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <filesystem>
#include <ostream>

#include "gateway/app/bench/load.h"
#include "gateway/app/bench/pass_sink.h"
#include "gateway/app/bench/report.h"
#include "gateway/app/cli/bench_arrivals.h"
#include "gateway/app/cli/bench_stage.h"
#include "gateway/app/cli/benches.h"
#include "gateway/app/cli/serve.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/base/failure.h"
#include "gateway/base/settings/quantities.h"
#include "gateway/flow/store/sqlite/counted_disk.h"

namespace gateway {

namespace {

struct PassOptions {
    std::size_t count = 20'000;
    std::size_t warm_up = 2'000;
    std::size_t connections = 8;
    std::size_t deliver_connections = 8;
    std::size_t size = 6'144;
    double rate = 0;
    std::string fsync_time = "0ms";
    std::string assets = ".";
    std::string folder;
    std::string settings;  // empty: none but the benchmark's
};

// What the demo's clinic takes over MLLP.
void pass_on(const Stage& stage, std::size_t connections) {
    pass_referrals_on(stage);
    change_file(stage.config() + "/partners/clinic.toml", [&](std::string& clinic) {
        replace_once(clinic, "kind = \"https\"",
                     fmt::format("kind = \"mllp\"\nconnections = {}", connections));
        replace_once(clinic, fmt::format("https://localhost:{}/fhir", stage.ports.clinic),
                     fmt::format("mllps://localhost:{}", stage.ports.clinic));
    });
}

bool drive(const PassOptions& options, const Stage& stage, std::ostream& out) {
    const PassSink::Messages messages =
        make_padded_referrals(options.assets, options.warm_up + options.count, options.size);
    const auto warm_end = messages.begin() + static_cast<std::ptrdiff_t>(options.warm_up);
    const Twins twins = load_twins(stage);
    IoThreads io(2);
    const PassSink sink(io[1], twins.clinic.listen, messages);
    const std::string count_file = stage.folder + "/syncs";
    Child gateway("gateway", own_program(),
                  {"bench", "gateway", "--config", stage.config(), "--count-syncs", count_file,
                   "--fsync-time", options.fsync_time},
                  stage.log("gateway"));
    await_start(gateway, stage, out);
    const LoadPlan plan{options.connections, options.rate};
    const ClientEndpoint to = client_endpoint(twins.gp.gateway);
    run_load(io[0], to, plan, {messages.begin(), warm_end});
    await_arrivals(sink, options.warm_up);
    const Use before = use_of(gateway, stage, count_file);
    const LoadResult load = run_load(io[0], to, plan, {warm_end, messages.end()});
    await_arrivals(sink, messages.size());
    const Use after = use_of(gateway, stage, count_file);
    const bool is_sound = print_verdict(load, sink, "every one once, byte for byte", out);
    if (is_sound) {
        print_rates(load, sink, options.warm_up, out);
        print_use(before, after, options.count, out);
    }
    return is_sound;
}

ExitCode bench_pass(const PassOptions& options, Terminal& terminal) {
    const Stage stage =
        set_stage(options.folder.empty() ? make_bench_folder() : options.folder, options.assets);
    pass_on(stage, options.deliver_connections);
    if (!options.settings.empty()) {
        add_settings(stage, options.settings);
    }
    std::ostream& out = terminal.out;
    print_machine(stage.folder, out);
    print_settings(stage, out);
    out << fmt::format(
        "load: {} REF^I12 of {} bytes over {} MLLP/TLS connections{}, passed on over {}; a sync "
        "takes {}\n",
        options.count, options.size, options.connections,
        options.rate > 0 ? fmt::format(", {}/s open loop", options.rate)
                         : ", each sends when it has its answer",
        options.deliver_connections,
        options.fsync_time == "0ms" ? "what the disk takes"
                                    : fmt::format("at least {}", options.fsync_time));
    const bool is_sound = drive(options, stage, out);
    if (is_sound && options.folder.empty()) {
        std::filesystem::remove_all(stage.folder);
    }
    return is_sound ? ExitCode::done : ExitCode::found_problems;
}

struct GatewayOptions {
    std::string config;
    std::string count_file;
    std::string fsync_time = "0ms";
};

ExitCode serve_counted(const GatewayOptions& options, Terminal& terminal) {
    const auto time = parse_duration(options.fsync_time);
    if (!time) {
        throw Failure(Category::invalid, "--fsync-time must be a duration such as 2ms");
    }
    const CountedDisk disk(options.count_file, *time);
    return serve(options.config, {.store_vfs = disk.name()}, terminal);
}

void declare_gateway(CLI::App& bench, Command& command) {
    CLI::App* verb =
        bench.add_subcommand("gateway",
                             "The gateway of a benchmark: `serve` on a disk whose syncs are "
                             "counted and may be slowed");
    verb->group("");  // for the benchmark itself: not shown
    const auto options = std::make_shared<GatewayOptions>();
    verb->add_option("--config", options->config)->required();
    verb->add_option("--count-syncs", options->count_file)->required();
    verb->add_option("--fsync-time", options->fsync_time);
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return serve_counted(*options, terminal); };
    });
}

}  // namespace

void declare_bench_pass(CLI::App& bench, Command& command) {
    CLI::App* verb = bench.add_subcommand(
        "pass",
        "Messages passed on as they came, from MLLP/TLS to MLLP/TLS\n\n"
        "  painbridge bench pass --connections 1           one client: how long until AA\n"
        "  painbridge bench pass --connections 64 --fsync-time 2ms\n\n"
        "Counts the syncs of the store's files in the gateway, by a file layer of SQLite that can\n"
        "make each take longer. Every message is held against the bytes that were sent.");
    const auto options = std::make_shared<PassOptions>();
    verb->add_option("--count", options->count, "messages that are measured")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{10}, std::size_t{1'000'000}));
    verb->add_option("--warm-up", options->warm_up, "messages before that")->capture_default_str();
    verb->add_option("--size", options->size, "bytes of a message")->capture_default_str();
    verb->add_option("--connections", options->connections, "MLLP/TLS connections of the load")
        ->capture_default_str();
    verb->add_option("--deliver-connections", options->deliver_connections,
                     "MLLP/TLS connections to the destination")
        ->capture_default_str();
    verb->add_option("--rate", options->rate, "a second; 0: as fast as answers come")
        ->capture_default_str();
    verb->add_option("--fsync-time", options->fsync_time, "no sync takes less than this")
        ->capture_default_str();
    verb->add_option("--folder", options->folder, "keep everything here; must be empty");
    verb->add_option("--settings", options->settings,
                     "a TOML file added to the gateway's settings, such as a [store.postgres]");
    verb->add_option("--assets", options->assets, "where config/demo and mappings are")
        ->capture_default_str();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return bench_pass(*options, terminal); };
    });
    declare_gateway(bench, command);
}

}  // namespace gateway
