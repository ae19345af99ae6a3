#include "gateway/app/cli/serve.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "gateway/app/cli/core_dumps.h"
#include "gateway/app/cli/open_files.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/stop_signal.h"
#include "gateway/app/cli/verbs.h"

namespace gateway {

namespace {

void reload(Gateway& gateway, const std::string& folder, Terminal& terminal) {
    Issues issues;
    const bool is_taken = gateway.reload(folder, issues);
    print_issues(issues, terminal.err);
    terminal.err << (is_taken ? "painbridge: reloaded\n"
                              : "painbridge: the new configuration has faults; the old one goes "
                                "on\n");
}

}  // namespace

ExitCode serve(const std::string& folder, const GatewaySeams& seams, Terminal& terminal) {
    const StopSignal signals(StopSignal::HangUp::reloads);
    Issues issues;
    const auto snapshot = load_snapshot(folder, issues);
    raise_open_files();
    if (!snapshot->settings->limits.core_dumps && !forbid_core_dumps()) {
        terminal.err
            << "painbridge: core dumps cannot be forbidden here; a crash may write messages "
               "and keys to the disk\n";
    }
    check_open_files(*snapshot->settings, issues);
    print_issues(issues, terminal.err);
    if (issues.has_errors()) {
        terminal.err << "painbridge: the configuration has faults; nothing was started\n";
        return ExitCode::could_not_run;
    }
    Gateway gateway(snapshot, seams);
    const ListeningPorts ports = gateway.ports();
    // One line that a supervisor, a test or a person can wait for.
    terminal.out << "ready mllp=" << ports.mllp << " https=" << ports.https << " ops=" << ports.ops
                 << std::endl;  // NOLINT(performance-avoid-endl)
    while (signals.wait() == StopSignal::Wish::reload) {
        reload(gateway, folder, terminal);
    }
    terminal.err << "painbridge: stopping\n";
    return ExitCode::done;
}

void declare_serve(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand("serve",
                                        "Run the gateway until SIGTERM or Ctrl-C\n\n"
                                        "  painbridge serve --config config\n\n"
                                        "Prints `ready` and its ports once it takes messages; its "
                                        "log goes to stderr or to log.file.\n"
                                        "SIGHUP reads settings, partners, certificates and maps "
                                        "again; with faults the old ones stay.");
    const auto folder = std::make_shared<std::string>("config");
    verb->add_option("--config", *folder, "folder with painbridge.toml and partners/")
        ->capture_default_str();
    verb->callback([folder, &command] {
        command = [folder](Terminal& terminal) { return serve(*folder, {}, terminal); };
    });
}

}  // namespace gateway
