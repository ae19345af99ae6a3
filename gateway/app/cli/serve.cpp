#include "gateway/app/cli/serve.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <mutex>
#include <ostream>
#include <string>

#include "gateway/app/cli/core_dumps.h"
#include "gateway/app/cli/open_files.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/stop_signal.h"
#include "gateway/app/cli/verbs.h"

namespace gateway {

namespace {

// Why the gateway stops by itself; the stop is then a signal to this process, as from outside.
class Outdated {
public:
    void note(const std::string& why) {
        {
            const std::lock_guard lock(mutex_);
            why_ = why;
        }
        ::kill(::getpid(), SIGTERM);
    }

    std::string why() const {
        const std::lock_guard lock(mutex_);
        return why_;
    }

private:
    mutable std::mutex mutex_;
    std::string why_;
};

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
    Outdated outdated;
    GatewaySeams all = seams;
    all.on_outdated = [&outdated](const std::string& why) { outdated.note(why); };
    Gateway gateway(snapshot, all);
    const ListeningPorts ports = gateway.ports();
    // One line that a supervisor, a test or a person can wait for.
    terminal.out << "ready mllp=" << ports.mllp << " https=" << ports.https << " ops=" << ports.ops
                 << std::endl;  // NOLINT(performance-avoid-endl)
    while (signals.wait() == StopSignal::Wish::reload) {
        reload(gateway, folder, terminal);
    }
    const std::string why = outdated.why();
    terminal.err << "painbridge: stopping" << (why.empty() ? "" : ": ") << why << '\n';
    return why.empty() ? ExitCode::done : ExitCode::could_not_run;
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
