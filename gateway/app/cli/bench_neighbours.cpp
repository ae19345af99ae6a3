// `bench neighbours`: what a dead and a slow destination do to a good one.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>

#include "gateway/app/bench/backlog.h"
#include "gateway/app/bench/load.h"
#include "gateway/app/bench/report.h"
#include "gateway/app/bench/sink.h"
#include "gateway/app/cli/bench_stage.h"
#include "gateway/app/cli/benches.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/base/text.h"
#include "gateway/net/http_server.h"
#include "gateway/net/socket.h"

namespace gateway {

namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::seconds slow_answer{1};
constexpr std::size_t warm_up = 100;

struct NeighbourOptions {
    std::size_t count = 1500;
    double rate = 100;
    std::size_t waiting = 5000;
    int rounds = 3;
    std::string assets = ".";
};

// A server that takes connections and never says a word, and one that answers after a while.
class Neighbours {
public:
    Neighbours(Reactor& reactor, const ListenSettings& like)
        : dead_({"127.0.0.1", 0}),
          slow_({&reactor}, {.address = {"127.0.0.1", 0}, .tls = server_tls(like)},
                [&reactor](const HttpRequest&, const HttpReply& reply) {
                    reactor.after(slow_answer, [reply] { reply.send({.status = 200}); });
                }) {}

    // The clinic's file under another name and port.
    void add_partners(const Stage& stage) const {
        add_partner(stage, "dead", dead_.address().port);
        add_partner(stage, "slow", slow_.port());
    }

private:
    static void add_partner(const Stage& stage, const std::string& id, std::uint16_t port) {
        std::string text = read_file(stage.config() + "/partners/clinic.toml");
        replace_once(text, "id = \"clinic\"", fmt::format("id = \"{}\"", id));
        replace_once(text, "clinic.demo.example", id + ".demo.example");
        replace_once(text, fmt::format(":{}/", stage.ports.clinic), fmt::format(":{}/", port));
        std::ofstream(stage.config() + "/partners/" + id + ".toml") << text;
    }

    ListeningSocket dead_;
    HttpServer slow_;
};

void fill(const NeighbourOptions& options, const Stage& stage) {
    const auto store = open_store_of(stage);
    for (const char* destination : {"dead", "slow"}) {
        fill_backlog(*store,
                     {.count = options.waiting, .sender = "gp", .destination = destination});
    }
    store->stop();
}

void await_arrivals(const BenchSink& sink, std::size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (sink.arrivals().distinct < wanted && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// From sending to the good destination; nothing where one was lost, doubled or refused.
std::optional<Percentiles> times_of(const LoadResult& load, const BenchSink& sink) {
    const auto arrived = sink.times();
    const auto arrivals = sink.arrivals();
    std::vector<std::chrono::steady_clock::duration> times;
    for (std::size_t i = 0; i < load.messages.size(); ++i) {
        const auto at = arrived.find(bench_number(warm_up + i));
        if (at != arrived.end() && load.messages[i].is_accepted) {
            times.push_back(at->second - load.messages[i].sent);
        }
    }
    const std::size_t wanted = warm_up + load.messages.size();
    if (times.size() != load.messages.size() || arrivals.distinct != wanted ||
        arrivals.requests != wanted) {
        return std::nullopt;
    }
    return percentiles(std::move(times));
}

std::optional<Percentiles> run(const NeighbourOptions& options, bool with_neighbours,
                               std::ostream& out) {
    const Stage stage = set_stage(make_bench_folder(), options.assets);
    const Twins twins = load_twins(stage);
    IoThreads io(3);
    const BenchSink sink(io[1], twins.clinic.listen);
    std::optional<Neighbours> neighbours;
    if (with_neighbours) {
        neighbours.emplace(io[2], twins.clinic.listen);
        neighbours->add_partners(stage);
        fill(options, stage);
    }
    const auto referrals =
        make_referrals(read_file(options.assets + "/config/demo/messages/referral-with-letter.hl7"),
                       warm_up + options.count);
    const auto measured_from = referrals.begin() + static_cast<std::ptrdiff_t>(warm_up);
    Child gateway("gateway", own_program(), {"serve", "--config", stage.config()},
                  stage.log("gateway"));
    await_start(gateway, stage, out);
    const LoadPlan plan{.connections = 8, .rate = options.rate};
    run_load(io[0], client_endpoint(twins.gp.gateway), plan, {referrals.begin(), measured_from});
    await_arrivals(sink, warm_up);
    const LoadResult load =
        run_load(io[0], client_endpoint(twins.gp.gateway), plan, {measured_from, referrals.end()});
    await_arrivals(sink, referrals.size());
    const auto times = times_of(load, sink);
    if (times) {
        std::filesystem::remove_all(stage.folder);
    }
    return times;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void print_what_it_runs_on(const NeighbourOptions& options, std::ostream& out) {
    const Stage stage = set_stage(make_bench_folder(), options.assets);
    print_machine(stage.folder, out);
    print_settings(stage, out);
    std::filesystem::remove_all(stage.folder);
}

ExitCode bench_neighbours(const NeighbourOptions& options, Terminal& terminal) {
    std::ostream& out = terminal.out;
    print_what_it_runs_on(options, out);
    out << fmt::format(
        "load: {} referrals at {}/s to a good destination, alone and beside one that never "
        "answers\nand one that takes {} s for each, {} waiting for either\n",
        options.count, options.rate, slow_answer.count(), options.waiting);
    std::vector<double> alone;
    std::vector<double> beside;
    for (int round = 0; round < options.rounds; ++round) {
        for (const bool with_neighbours : {false, true}) {
            const auto times = run(options, with_neighbours, out);
            if (!times) {
                out << "a message was lost, doubled or refused: THE RUN IS VOID\n";
                return ExitCode::found_problems;
            }
            (with_neighbours ? beside : alone).push_back(times->p99_ms);
            out << fmt::format("  {:<8} send to destination p50 {:.2f} ms, p99 {:.2f} ms\n",
                               with_neighbours ? "beside" : "alone", times->p50_ms, times->p99_ms);
        }
    }
    out << fmt::format("p99, medians of {}: alone {:.2f} ms, beside {:.2f} ms, ratio {:.2f}\n",
                       options.rounds, median(alone), median(beside),
                       median(beside) / median(alone));
    return ExitCode::done;
}

}  // namespace

void declare_bench_neighbours(CLI::App& bench, Command& command) {
    const auto options = std::make_shared<NeighbourOptions>();
    CLI::App* verb =
        bench.add_subcommand("neighbours",
                             "What a dead and a slow destination do to a good one\n\n"
                             "  painbridge bench neighbours --rate 200\n\n"
                             "Alone and beside them in turn; each time a new gateway.");
    verb->add_option("--count", options->count, "referrals that are measured each time")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{10}, std::size_t{1'000'000}));
    verb->add_option("--rate", options->rate, "a second")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    verb->add_option("--waiting", options->waiting, "messages that wait for each neighbour")
        ->capture_default_str();
    verb->add_option("--rounds", options->rounds, "of both")
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    verb->add_option("--assets", options->assets, "where config/demo and mappings are")
        ->capture_default_str();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return bench_neighbours(*options, terminal); };
    });
}

}  // namespace gateway
