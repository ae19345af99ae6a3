#include <fmt/format.h>

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
#include "gateway/app/cli/bench_stage.h"
#include "gateway/app/cli/benches.h"
#include "gateway/app/cli/queue_options.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/open_store.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr std::chrono::minutes drain_time{5};

struct BenchOptions {
    std::size_t count = 4000;
    std::size_t warm_up = 400;
    std::size_t connections = 8;
    double rate = 0;
    std::string assets = ".";
    std::string folder;
    std::string settings;  // empty: none but the benchmark's
};

void await_arrivals(const BenchSink& sink, std::size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + drain_time;
    while (sink.arrivals().distinct < wanted && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

struct StepTimes {
    std::vector<std::chrono::steady_clock::duration> wall;
    std::vector<std::chrono::steady_clock::duration> processor;

    void add(const TraceEvent& event) {
        for (const TraceMeasure& measure : event.measures) {
            if (measure.name == "duration_us") {
                wall.emplace_back(std::chrono::microseconds(measure.value));
            } else if (measure.name == "cpu_us") {
                processor.emplace_back(std::chrono::microseconds(measure.value));
            }
        }
    }
};

// The gateway's own measures of its steps, from the flight recorder: an even sample of messages.
void print_steps(const Stage& stage, std::ostream& out) {
    constexpr std::size_t sample_max = 500;
    const auto store = open_store_reads(settings_of(stage.config()).store);
    std::map<std::string, StepTimes> steps;
    for (const Message& message : store->messages_in(MessageState::sent, 0, sample_max)) {
        for (const TraceEvent& event : store->trace(message.id)) {
            steps[event.stage].add(event);
        }
    }
    for (const auto& [step, times] : steps) {
        if (times.wall.empty()) {
            continue;
        }
        const Percentiles spread = percentiles(times.wall);
        out << fmt::format("  {:<10} p50 {:>8.3f} ms   p99 {:>8.3f} ms", step, spread.p50_ms,
                           spread.p99_ms);
        if (!times.processor.empty()) {
            out << fmt::format("   CPU p50 {:>8.3f} ms", percentiles(times.processor).p50_ms);
        }
        out << '\n';
    }
}

std::size_t refused_of(const LoadResult& load) {
    return static_cast<std::size_t>(std::ranges::count_if(
        load.messages, [](const LoadResult::Message& message) { return !message.is_accepted; }));
}

void print_times(const LoadResult& load, const BenchSink& sink, std::size_t skipped,
                 std::ostream& out) {
    const auto arrived = sink.times();
    std::vector<std::chrono::steady_clock::duration> to_ack;
    std::vector<std::chrono::steady_clock::duration> to_sink;
    auto last = std::chrono::steady_clock::time_point::min();
    for (std::size_t i = 0; i < load.messages.size(); ++i) {
        const auto& message = load.messages[i];
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
}

bool print_verdict(const LoadResult& load, const BenchSink& sink, std::size_t skipped,
                   std::ostream& out) {
    const std::size_t refused = refused_of(load);
    const auto arrivals = sink.arrivals();
    const std::size_t wanted = skipped + load.messages.size();
    const bool is_sound =
        refused == 0 && arrivals.distinct == wanted && arrivals.requests == wanted;
    out << fmt::format("sent {}, refused {}, arrived {} ({} requests): {}\n", wanted, refused,
                       arrivals.distinct, arrivals.requests,
                       is_sound ? "every one once" : "THE RUN IS VOID");
    return is_sound;
}

using Referrals = std::vector<std::shared_ptr<const std::string>>;

struct Load {
    Referrals warm_up;
    Referrals measured;
};

Load make_load(const BenchOptions& options, std::ostream& out) {
    const std::string sample =
        read_file(options.assets + "/config/demo/messages/referral-with-letter.hl7");
    Load load;
    load.warm_up = make_referrals(sample, options.warm_up + options.count);
    load.measured.assign(load.warm_up.begin() + static_cast<std::ptrdiff_t>(options.warm_up),
                         load.warm_up.end());
    load.warm_up.resize(options.warm_up);
    out << fmt::format("load: {} referrals of {} bytes over {} MLLP/TLS connections{}\n",
                       options.count, load.measured.front()->size(), options.connections,
                       options.rate > 0 ? fmt::format(", {}/s open loop", options.rate)
                                        : ", each sends when it has its answer");
    return load;
}

bool drive(const BenchOptions& options, const Stage& stage, const Load& load, std::ostream& out) {
    const Twins twins = load_twins(stage);
    IoThreads io(2);
    const BenchSink sink(io[1], twins.clinic.listen);
    Child gateway("gateway", own_program(), {"serve", "--config", stage.config()},
                  stage.log("gateway"));
    await_start(gateway, stage, out);
    const ProcessUse idle = process_use(gateway.process());
    const LoadPlan plan{options.connections, options.rate};
    run_load(io[0], client_endpoint(twins.gp.gateway), plan, load.warm_up);
    await_arrivals(sink, options.warm_up);
    const ProcessUse before = process_use(gateway.process());
    const LoadResult result =
        run_load(io[0], client_endpoint(twins.gp.gateway), plan, load.measured);
    await_arrivals(sink, options.warm_up + options.count);
    const ProcessUse after = process_use(gateway.process());
    print_times(result, sink, options.warm_up, out);
    const bool is_sound = print_verdict(result, sink, options.warm_up, out);
    out << fmt::format(
        "gateway: {:.3f} ms CPU a referral, RSS {:.0f} MiB idle, {:.0f} MiB after\n",
        (after.cpu_seconds - before.cpu_seconds) * 1000 / static_cast<double>(options.count),
        idle.rss_mib, after.rss_mib);
    out << "where the time goes (each step on the wall and on a processor, from the flight "
           "recorder):\n";
    print_steps(stage, out);
    return is_sound;
}

ExitCode bench_referrals(const BenchOptions& options, Terminal& terminal) {
    const Stage stage =
        set_stage(options.folder.empty() ? make_bench_folder() : options.folder, options.assets);
    if (!options.settings.empty()) {
        add_settings(stage, options.settings);
    }
    std::ostream& out = terminal.out;
    print_machine(stage.folder, out);
    print_settings(stage, out);
    const Load load = make_load(options, out);
    const bool is_sound = drive(options, stage, load, out);
    if (is_sound && options.folder.empty()) {
        std::filesystem::remove_all(stage.folder);
    }
    return is_sound ? ExitCode::done : ExitCode::found_problems;
}

}  // namespace

std::function<void()> add_referrals_bench(CLI::App& verb, Command& command) {
    const auto options = std::make_shared<BenchOptions>();
    verb.add_option("--count", options->count, "referrals that are measured")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{10}, std::size_t{10'000'000}));
    verb.add_option("--warm-up", options->warm_up, "referrals before that")->capture_default_str();
    verb.add_option("--connections", options->connections, "MLLP/TLS connections")
        ->capture_default_str();
    verb.add_option("--rate", options->rate, "a second; 0: as fast as answers come")
        ->capture_default_str();
    verb.add_option("--folder", options->folder, "keep everything here; must be empty");
    verb.add_option("--settings", options->settings,
                    "a TOML file added to the gateway's settings, such as a [store.postgres]");
    verb.add_option("--assets", options->assets, "where config/demo and mappings are")
        ->capture_default_str();
    return [options, &command] {
        command = [options](Terminal& terminal) { return bench_referrals(*options, terminal); };
    };
}

}  // namespace gateway
