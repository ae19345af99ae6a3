#include "gateway/app/cli/cli.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <ostream>
#include <vector>

#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr std::string_view about =
    "Painbridge carries referrals, care plans and goals between GP systems and pain services.\n"
    "\n"
    "  painbridge demo --once                 see three referrals cross, and their answers come "
    "home\n"
    "  painbridge check --config config       say everything that is wrong with a configuration\n"
    "  painbridge serve --config config       run the gateway\n"
    "  painbridge map --ledger FILE           what a message becomes, and what of it was not used\n"
    "\n"
    "Every verb has its own --help. Exit codes: 0 done, 1 problems in the input, 2 could not run.";

// The verbs in the order in which help lists them.
constexpr std::array declare_verbs{
    declare_demo,  declare_serve,    declare_check,   declare_trace,    declare_queue,
    declare_audit, declare_alarm,    declare_store,   declare_send,     declare_twin,
    declare_map,   declare_validate, declare_convert, declare_fhirpath, declare_bench};

void print_failure(const Failure& failure, std::ostream& err) {
    err << "painbridge: " << failure.internal() << '\n';
    for (const Issue& issue : failure.issues()) {
        err << "  " << render(issue, issue.source.empty() ? "input" : issue.source) << '\n';
    }
}

// Unknown words first get the nearest verb; CLI11 alone would list them all.
void suggest_verb(const CLI::App& app, std::string_view word, std::ostream& err) {
    std::vector<std::string> names;
    for (const CLI::App* verb : app.get_subcommands({})) {
        names.push_back(verb->get_name());
    }
    if (std::ranges::find(names, word) != names.end() || word.starts_with('-')) {
        return;
    }
    if (const auto nearest = nearest_word(word, names)) {
        err << "painbridge: there is no verb '" << word << "'; did you mean '" << *nearest
            << "'?\n";
    }
}

ExitCode parse(CLI::App& app, std::span<const std::string> arguments, Terminal& terminal) {
    // CLI11 takes its words last first.
    std::vector<std::string> words(arguments.rbegin(), arguments.rend());
    try {
        app.parse(words);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            app.exit(error, terminal.out, terminal.err);  // --help, --version
            return ExitCode::done;
        }
        if (!arguments.empty()) {
            suggest_verb(app, arguments.front(), terminal.err);
        }
        app.exit(error, terminal.out, terminal.err);
        return ExitCode::could_not_run;
    }
    return ExitCode::done;
}

}  // namespace

ExitCode run_cli(std::span<const std::string> arguments, Terminal& terminal) {
    CLI::App app{std::string{about}, "painbridge"};
    app.set_version_flag("--version", std::string{"painbridge " PAINBRIDGE_VERSION});
    app.require_subcommand(0, 1);
    Command command;
    for (const auto declare : declare_verbs) {
        declare(app, command);
    }
    const ExitCode parsed = parse(app, arguments, terminal);
    if (parsed != ExitCode::done || !command) {
        if (parsed == ExitCode::done && arguments.empty()) {
            terminal.out << app.help();
        }
        return parsed;
    }
    try {
        return command(terminal);
    } catch (const Failure& failure) {
        print_failure(failure, terminal.err);
        const bool is_input = failure.category() == Category::invalid ||
                              failure.category() == Category::unprocessable;
        return is_input ? ExitCode::found_problems : ExitCode::could_not_run;
    } catch (const std::exception& error) {
        terminal.err << "painbridge: a fault of its own: " << error.what() << '\n';
        return ExitCode::could_not_run;
    }
}

}  // namespace gateway
