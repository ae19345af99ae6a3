// `bench backlog`: a gateway that starts with much to deliver, or to process.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <filesystem>
#include <ostream>
#include <thread>

#include "gateway/app/bench/backlog.h"
#include "gateway/app/bench/report.h"
#include "gateway/app/bench/sink.h"
#include "gateway/app/cli/bench_stage.h"
#include "gateway/app/cli/benches.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/net/reactor.h"

namespace gateway {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Without one more arrival for so long, the run is over.
constexpr std::chrono::seconds patience{20};

struct BacklogOptions {
    std::size_t count = 100'000;
    std::size_t bytes = 6000;
    std::size_t patients = 0;
    bool over_mllp = false;
    bool start_only = false;
    bool received = false;
    std::string assets = ".";
    std::string folder;
};

double seconds(SteadyClock::duration time) {
    return std::chrono::duration<double>(time).count();
}

void fill(const BacklogOptions& options, const Stage& stage, std::ostream& out) {
    const auto store = open_store_of(stage);
    const auto took = fill_backlog(
        *store, {.count = options.count,
                 .bytes = options.bytes,
                 .patients = options.patients,
                 .sender = "gp",
                 .destination = options.over_mllp ? "gp" : "clinic",
                 .kind = options.over_mllp ? DeliveryKind::mllp : DeliveryKind::https,
                 .waiting_for = options.received ? WaitingFor::processing : WaitingFor::delivery});
    store->stop();
    constexpr std::uintmax_t mib = 1U << 20U;
    out << fmt::format(
        "backlog: {} messages of {} bytes, {} order keys, written at {:.0f}/s; {} MiB of store\n",
        options.count, options.bytes, options.patients == 0 ? options.count : options.patients,
        static_cast<double>(options.count) / seconds(took),
        std::filesystem::file_size(stage.store()) / mib);
}

void await_all(const BenchSink& sink, std::size_t wanted) {
    std::size_t seen = 0;
    auto last = SteadyClock::now();
    while (seen < wanted && SteadyClock::now() - last < patience) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        const std::size_t now = sink.arrivals().distinct;
        if (now != seen) {
            seen = now;
            last = SteadyClock::now();
        }
    }
}

bool drain(const BacklogOptions& options, const Stage& stage, std::ostream& out) {
    const Twins twins = load_twins(stage);
    const TwinSettings& peer = options.over_mllp ? twins.gp : twins.clinic;
    IoThreads io(1);
    const BenchSink sink(io[0], peer.listen, options.over_mllp ? Channel::mllp : Channel::https);
    Child gateway("gateway", own_program(), {"serve", "--config", stage.config()},
                  stage.log("gateway"));
    await_start(gateway, stage, out);
    const ProcessUse before = process_use(gateway.process());
    const auto began = SteadyClock::now();
    const std::size_t at_start = sink.arrivals().distinct;
    await_all(sink, options.count);
    const auto took = SteadyClock::now() - began;
    const ProcessUse after = process_use(gateway.process());
    const auto arrivals = sink.arrivals();
    const double drained = static_cast<double>(arrivals.distinct - at_start);
    out << fmt::format("drained {:.0f}/s; gateway: {:.3f} ms CPU a delivery, RSS {:.0f} MiB\n",
                       drained / seconds(took),
                       (after.cpu_seconds - before.cpu_seconds) * 1000 / drained, after.rss_mib);
    const bool is_sound = arrivals.distinct == options.count && arrivals.requests == options.count;
    out << fmt::format("queued {}, arrived {} ({} requests): {}\n", options.count,
                       arrivals.distinct, arrivals.requests,
                       is_sound ? "every one once" : "THE RUN IS VOID");
    return is_sound;
}

bool start_alone(const Stage& stage, std::ostream& out) {
    Child gateway("gateway", own_program(), {"serve", "--config", stage.config()},
                  stage.log("gateway"));
    await_start(gateway, stage, out);
    out << fmt::format("RSS {:.0f} MiB\n", process_use(gateway.process()).rss_mib);
    return true;
}

ExitCode bench_backlog(const BacklogOptions& options, Terminal& terminal) {
    const Stage stage =
        set_stage(options.folder.empty() ? make_bench_folder() : options.folder, options.assets);
    std::ostream& out = terminal.out;
    print_machine(stage.folder, out);
    print_settings(stage, out);
    if (options.received) {
        pass_referrals_on(stage);
    }
    fill(options, stage, out);
    const bool is_sound = options.start_only ? start_alone(stage, out) : drain(options, stage, out);
    if (is_sound && options.folder.empty()) {
        std::filesystem::remove_all(stage.folder);
    }
    return is_sound ? ExitCode::done : ExitCode::found_problems;
}

}  // namespace

void declare_bench_backlog(CLI::App& bench, Command& command) {
    const auto options = std::make_shared<BacklogOptions>();
    CLI::App* verb = bench.add_subcommand(
        "backlog",
        "Start a gateway with much to deliver, and see how fast it is ready and drains\n\n"
        "  painbridge bench backlog                                100,000 messages of 6 kB\n"
        "  painbridge bench backlog --count 1000000 --start-only   only how long a start takes\n\n"
        "The backlog is written straight into the store, in the units of work of an acceptance.");
    verb->add_option("--count", options->count, "messages that wait")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
    verb->add_option("--size", options->bytes, "bytes of each")->capture_default_str();
    verb->add_option("--patients", options->patients,
                     "order keys that they share; 0: each has its own")
        ->capture_default_str();
    verb->add_flag("--mllp", options->over_mllp, "one MLLP connection, instead of HTTPS");
    verb->add_flag("--received", options->received,
                   "they were received and not processed: each is passed on, over HTTPS")
        ->excludes("--mllp");
    verb->add_flag("--start-only", options->start_only, "nobody takes them");
    verb->add_option("--folder", options->folder, "keep everything here; must be empty");
    verb->add_option("--assets", options->assets, "where config/demo and mappings are")
        ->capture_default_str();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return bench_backlog(*options, terminal); };
    });
}

}  // namespace gateway
