#include <fmt/format.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>
#include <thread>

#include "gateway/app/bench/load.h"
#include "gateway/app/bench/report.h"
#include "gateway/app/bench/sink.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"

namespace gateway {

namespace {

constexpr std::chrono::seconds start_time{20};
constexpr std::chrono::minutes drain_time{5};

struct BenchOptions {
    std::size_t count = 4000;
    std::size_t warm_up = 400;
    std::size_t connections = 8;
    double rate = 0;
    std::string assets = ".";
    std::string folder;
};

std::string bench_folder() {
    std::string path =
        (std::filesystem::temp_directory_path() / "painbridge-bench-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
        throw Failure(Category::unavailable, path + ": no temporary folder can be made");
    }
    return path;
}

void await_arrivals(const BenchSink& sink, std::size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + drain_time;
    while (sink.arrivals().distinct < wanted && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// The gateway's own measures of its steps, from the flight recorder: an even sample of messages.
void print_steps(const Stage& stage, std::ostream& out) {
    constexpr std::size_t sample_max = 500;
    const auto store = open_sqlite_reads({.path = stage.store(), .vfs = {}});
    using Times = std::vector<std::chrono::steady_clock::duration>;
    std::map<std::string, Times> walls;
    std::map<std::string, Times> processor;
    for (const Message& message : store->messages_in(MessageState::sent, 0, sample_max)) {
        for (const TraceEvent& event : store->trace(message.id)) {
            for (const TraceMeasure& measure : event.measures) {
                if (measure.name == "duration_us") {
                    walls[event.stage].emplace_back(std::chrono::microseconds(measure.value));
                } else if (measure.name == "cpu_us") {
                    processor[event.stage].emplace_back(std::chrono::microseconds(measure.value));
                }
            }
        }
    }
    for (const auto& [step, times] : walls) {
        const Percentiles spread = percentiles(times);
        out << fmt::format("  {:<10} p50 {:>8.3f} ms   p99 {:>8.3f} ms", step, spread.p50_ms,
                           spread.p99_ms);
        if (const auto cpu = processor.find(step); cpu != processor.end()) {
            out << fmt::format("   CPU p50 {:>8.3f} ms", percentiles(cpu->second).p50_ms);
        }
        out << '\n';
    }
}

bool print_result(const LoadResult& load, const BenchSink& sink, std::size_t skipped,
                  std::ostream& out) {
    const auto arrived = sink.times();
    std::vector<std::chrono::steady_clock::duration> to_ack;
    std::vector<std::chrono::steady_clock::duration> to_sink;
    auto last = std::chrono::steady_clock::time_point::min();
    std::size_t refused = 0;
    for (std::size_t i = 0; i < load.messages.size(); ++i) {
        const auto& message = load.messages[i];
        refused += message.is_accepted ? 0U : 1U;
        to_ack.push_back(message.acknowledged - message.sent);
        const auto at = arrived.find(bench_number(skipped + i));
        if (at != arrived.end()) {
            to_sink.push_back(at->second - message.sent);
            last = std::max(last, at->second);
        }
    }
    const double count = static_cast<double>(load.messages.size());
    const double took = std::chrono::duration<double>(load.took).count();
    const double whole = std::chrono::duration<double>(last - load.messages[0].sent).count();
    const Percentiles ack = percentiles(to_ack);
    const Percentiles end = percentiles(to_sink);
    out << fmt::format(
        "accepted   {:>8.0f}/s   send to durable AA   p50 {:.2f} ms, p99 {:.2f} ms, "
        "max {:.2f} ms\n",
        count / took, ack.p50_ms, ack.p99_ms, ack.max_ms);
    out << fmt::format(
        "end to end {:>8.0f}/s   send to clinic       p50 {:.2f} ms, p99 {:.2f} ms, "
        "max {:.2f} ms\n",
        count / whole, end.p50_ms, end.p99_ms, end.max_ms);
    const auto arrivals = sink.arrivals();
    const std::size_t wanted = skipped + load.messages.size();
    const bool is_sound =
        refused == 0 && arrivals.distinct == wanted && arrivals.requests == wanted;
    out << fmt::format("sent {}, refused {}, arrived {} ({} requests): {}\n", wanted, refused,
                       arrivals.distinct, arrivals.requests,
                       is_sound ? "every one once" : "THE RUN IS VOID");
    return is_sound;
}

ExitCode bench(const BenchOptions& options, Terminal& terminal) {
    const Stage stage =
        set_stage(options.folder.empty() ? bench_folder() : options.folder, options.assets);
    Issues issues;
    const TwinSettings gp = load_twin_settings(stage.folder + "/twin-gp.toml", issues);
    const TwinSettings clinic = load_twin_settings(stage.folder + "/twin-clinic.toml", issues);
    if (issues.has_errors()) {
        throw Failure(Category::fault, "the benchmark's own configuration has faults", {}, issues);
    }
    std::ostream& out = terminal.out;
    print_machine(stage.folder, out);
    out << "settings: SQLite, WAL, synchronous=FULL; audit on; payload encryption: not built yet\n";
    const std::string sample =
        read_file(options.assets + "/config/demo/messages/referral-with-letter.hl7");
    auto referrals = make_referrals(sample, options.warm_up + options.count);
    const std::vector<std::shared_ptr<const std::string>> measured(
        referrals.begin() + static_cast<std::ptrdiff_t>(options.warm_up), referrals.end());
    referrals.resize(options.warm_up);
    out << fmt::format("load: {} referrals of {} bytes over {} MLLP/TLS connections{}\n",
                       options.count, measured.front()->size(), options.connections,
                       options.rate > 0 ? fmt::format(", {}/s open loop", options.rate)
                                        : ", each sends when it has its answer");
    IoThreads io(2);
    const BenchSink sink(io[1], clinic.listen);
    const auto began = std::chrono::steady_clock::now();
    Child gateway("gateway", own_program(), {"serve", "--config", stage.config()},
                  stage.log("gateway"));
    if (!gateway.wait_for([](const std::string& line) { return line.starts_with("ready"); },
                          start_time)) {
        throw Failure(Category::unavailable,
                      "the gateway did not start; see " + stage.log("gateway"));
    }
    out << fmt::format("cold start {:.0f} ms\n", std::chrono::duration<double, std::milli>(
                                                     std::chrono::steady_clock::now() - began)
                                                     .count());
    const ProcessUse idle = process_use(gateway.process());
    const LoadPlan plan{options.connections, options.rate};
    run_load(io[0], client_endpoint(gp.gateway), plan, referrals);
    await_arrivals(sink, options.warm_up);
    const ProcessUse before = process_use(gateway.process());
    const LoadResult load = run_load(io[0], client_endpoint(gp.gateway), plan, measured);
    await_arrivals(sink, options.warm_up + options.count);
    const ProcessUse after = process_use(gateway.process());
    const bool is_sound = print_result(load, sink, options.warm_up, out);
    out << fmt::format(
        "gateway: {:.3f} ms CPU a referral, RSS {:.0f} MiB idle, {:.0f} MiB after\n",
        (after.cpu_seconds - before.cpu_seconds) * 1000 / static_cast<double>(options.count),
        idle.rss_mib, after.rss_mib);
    out << "where the time goes (each step on the wall and on a processor, from the flight "
           "recorder):\n";
    print_steps(stage, out);
    if (is_sound && options.folder.empty()) {
        std::filesystem::remove_all(stage.folder);
    }
    return is_sound ? ExitCode::done : ExitCode::found_problems;
}

}  // namespace

void declare_bench(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "bench",
        "Measure referrals a second, end to end, on this machine\n\n"
        "  painbridge bench                      4,000 referrals over 8 connections\n"
        "  painbridge bench --rate 200           open loop, 200 a second\n\n"
        "Starts a gateway, drives it over MLLP/TLS, takes what it delivers over HTTPS. Load and "
        "sink\n"
        "run beside it on the same machine; every message is counted at the far end.");
    const auto options = std::make_shared<BenchOptions>();
    verb->add_option("--count", options->count, "referrals that are measured")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{10}, std::size_t{10'000'000}));
    verb->add_option("--warm-up", options->warm_up, "referrals before that")->capture_default_str();
    verb->add_option("--connections", options->connections, "MLLP/TLS connections")
        ->capture_default_str();
    verb->add_option("--rate", options->rate, "a second; 0: as fast as answers come")
        ->capture_default_str();
    verb->add_option("--folder", options->folder, "keep everything here; must be empty");
    verb->add_option("--assets", options->assets, "where config/demo and mappings are")
        ->capture_default_str();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return bench(*options, terminal); };
    });
}

}  // namespace gateway
