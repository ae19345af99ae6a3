#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <ostream>
#include <thread>
#include <utility>

#include "gateway/app/bench/net/net_report.h"
#include "gateway/app/bench/report.h"
#include "gateway/app/cli/benches.h"
#include "gateway/app/cli/verbs.h"

namespace gateway {

namespace {

struct NetOptions {
    double seconds = 3;
    std::size_t connections_each = 16;
    std::size_t server_threads = 1;
    std::size_t client_threads = 1;
    std::string only;
    bool is_json = false;
};

// The keys and certificates of one run.
class IdentityFolder {
public:
    IdentityFolder() = default;

    ~IdentityFolder() { std::filesystem::remove_all(path_); }

    IdentityFolder(const IdentityFolder&) = delete;
    IdentityFolder& operator=(const IdentityFolder&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_ = make_bench_folder();
};

NetLoad load_of(const NetOptions& options) {
    NetLoad load;
    load.time.measured = std::chrono::milliseconds(static_cast<long>(options.seconds * 1000));
    load.server_threads = options.server_threads;
    load.client_threads = options.client_threads;
    load.connections_each = options.connections_each;
    return load;
}

// In turn, so that what else the machine does meets both.
void compare_connections(const BenchIdentities& identities, NetLoad load, NetReport& report) {
    constexpr int rounds = 3;
    load.time.measured /= rounds;
    NetFigure ours;
    NetFigure raw;
    for (int round = 0; round < rounds; ++round) {
        ours.add(measure_new_connections(identities, load));
        raw.add(measure_raw_connections(identities, load));
    }
    if (raw.requests > 0 && ours.requests > 0) {
        report.of_raw_connections = ours.rate() / raw.rate();
        report.of_raw_server_cpu = raw.server_cpu_us() / ours.server_cpu_us();
    }
    report.figures.push_back({"new_connections", "new mTLS connections", std::move(ours)});
    report.figures.push_back({"raw_connections", "  the same by OpenSSL alone", std::move(raw)});
}

// What others take of the cores, while it lives.
class OthersWatch {
public:
    double share() const {
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began_;
        const double cores = std::max(1U, std::thread::hardware_concurrency());
        const double taken = cpu_seconds_of_others() - taken_before_;
        return std::clamp(taken / (passed.count() * cores), 0.0, 1.0);
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    double taken_before_ = cpu_seconds_of_others();
};

ExitCode bench_net(const NetOptions& options, Terminal& terminal) {
    const OthersWatch others;
    const IdentityFolder folder;
    const BenchIdentities identities(folder.path());
    const auto wanted = [&](std::string_view name) {
        return options.only.empty() || options.only == name;
    };
    NetReport report{.machine = machine(), .load = load_of(options)};
    if (wanted("https")) {
        report.figures.push_back({"https_post", "HTTPS POST of 6 kB, kept alive",
                                  measure_https_post(identities, report.load)});
    }
    if (wanted("connections")) {
        compare_connections(identities, report.load, report);
    }
    if (wanted("mllp")) {
        report.figures.push_back(
            {"mllp_echo", "MLLP/TLS echo of 8 kB", measure_mllp_echo(identities, report.load)});
    }
    report.share_of_others = others.share();
    options.is_json ? print_json(report, terminal.out) : print_text(report, terminal.out);
    return report.is_sound() ? ExitCode::done : ExitCode::found_problems;
}

}  // namespace

void declare_bench_net(CLI::App& bench, Command& command) {
    CLI::App* verb = bench.add_subcommand(
        "net",
        "Measure the network edge alone: TLS, HTTP/1.1 and MLLP on loopback\n\n"
        "  painbridge bench net                  all of it, in about 15 seconds\n"
        "  painbridge bench net --only https --seconds 10\n"
        "  painbridge bench net --json           the figures as data\n\n"
        "Both sides prove themselves by ECDSA certificates made for the run. New connections are\n"
        "measured beside a loop of blocking OpenSSL threads with the same keys and checks. The "
        "load\n"
        "runs in the same process on the same cores; the processor time of each side is given. A\n"
        "wrong or missing answer voids the run (exit 1).");
    const auto options = std::make_shared<NetOptions>();
    verb->add_option("--seconds", options->seconds, "measured time of each figure")
        ->capture_default_str()
        ->check(CLI::Range(0.1, 60.0));
    verb->add_option("--server-threads", options->server_threads, "that serve kept connections")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    verb->add_option("--client-threads", options->client_threads, "that call on them")
        ->capture_default_str()
        ->check(CLI::Range(1, 8));
    verb->add_option("--connections", options->connections_each, "kept ones of a client thread")
        ->capture_default_str()
        ->check(CLI::Range(1, 16));
    verb->add_option("--only", options->only, "one of the figures")
        ->check(CLI::IsMember({"https", "connections", "mllp"}));
    verb->add_flag("--json", options->is_json, "print JSON");
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return bench_net(*options, terminal); };
    });
}

}  // namespace gateway
