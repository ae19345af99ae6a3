#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <istream>
#include <ostream>

#include "gateway/app/cli/report.h"
#include "gateway/app/cli/stop_signal.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/app/twin/clinic.h"
#include "gateway/app/twin/gp.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

struct TwinOptions {
    std::string kind;
    std::string file;
    bool commands = false;
};

void obey(GpTwin& gp, std::string_view line, std::ostream& err) {
    constexpr std::string_view send = "send ";
    if (!line.starts_with(send)) {
        err << "painbridge twin: a command is `send FILE`\n";
        return;
    }
    try {
        gp.send(std::string{trimmed(line.substr(send.size()))});
    } catch (const Failure& failure) {
        err << "painbridge twin: " << failure.internal() << '\n';
    }
}

// Until the end of the input, or, without commands, a signal.
void attend(const TwinOptions& options, const StopSignal& stop, Terminal& terminal, GpTwin* gp) {
    if (!options.commands) {
        stop.wait();
        return;
    }
    for (std::string line; std::getline(terminal.in, line);) {
        if (gp != nullptr && !trimmed(line).empty()) {
            obey(*gp, line, terminal.err);
        }
    }
}

ExitCode run(const TwinOptions& options, Terminal& terminal) {
    const StopSignal stop;
    Issues issues;
    const TwinSettings settings = load_twin_settings(options.file, issues);
    print_issues(issues, terminal.err);
    if (issues.has_errors()) {
        return ExitCode::could_not_run;
    }
    const SystemClock clock;
    TwinEvents events(terminal.out, clock);
    IoThreads io(1);
    if (options.kind == "gp") {
        GpTwin gp(io[0], settings, events);
        attend(options, stop, terminal, &gp);
    } else {
        const ClinicTwin clinic(io[0], settings, events);
        attend(options, stop, terminal, nullptr);
    }
    return ExitCode::done;
}

}  // namespace

void declare_twin(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "twin",
        "A simulated partner, a process of its own\n\n"
        "  painbridge twin clinic --config twin-clinic.toml   takes referrals, answers them\n"
        "  painbridge twin gp --config twin-gp.toml --commands\n\n"
        "Prints what happens to it as JSON, an event a line. With --commands a gp obeys lines of\n"
        "`send FILE` and stops at the end of its input; else it runs until SIGTERM or Ctrl-C.\n"
        "config/demo/twin-*.toml show every key.");
    const auto options = std::make_shared<TwinOptions>();
    verb->add_option("kind", options->kind, "gp or clinic")
        ->required()
        ->check(CLI::IsMember({"gp", "clinic"}));
    verb->add_option("--config", options->file, "the partner's settings")->required();
    verb->add_flag("--commands", options->commands, "read commands from standard input");
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return run(*options, terminal); };
    });
}

}  // namespace gateway
