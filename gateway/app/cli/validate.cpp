#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "gateway/app/cli/fhir_input.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"
#include "gateway/flow/pipeline/engines.h"
#include "gateway/format/fhir/operation_outcome.h"

namespace gateway {

namespace {

struct ValidateOptionsOfVerb {
    std::vector<std::string> files;
    bool json = false;
};

Issues validate_bytes(const Engines& engines, const std::shared_ptr<const std::string>& bytes) {
    std::optional<Document> document;
    try {
        document = read_fhir(bytes, engines.schema, engines.names);
    } catch (const Failure& failure) {
        return issues_of(failure);
    }
    return engines.validator->validate(*document, document->root(), {.original = *bytes});
}

ExitCode validate(const ValidateOptionsOfVerb& options, Terminal& terminal) {
    const Engines engines = load_definitions();
    ExitCode code = ExitCode::done;
    for (const std::string& file : options.files) {
        const auto bytes = read_input(file, terminal.in);
        const Issues issues = validate_bytes(engines, bytes);
        if (options.json) {
            print_json(operation_outcome(issues, engines.names), terminal.out);
        } else {
            print_issues(issues, file, *bytes, terminal.out);
            terminal.err << file << ": "
                         << (issues.has_errors() ? "not valid"
                             : issues.empty()    ? "valid"
                                                 : "valid, with remarks")
                         << '\n';
        }
        if (issues.has_errors()) {
            code = ExitCode::found_problems;
        }
    }
    return code;
}

}  // namespace

void declare_validate(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "validate",
        "Check FHIR R4 resources\n\n"
        "  painbridge validate bundle.json\n"
        "  painbridge validate --json patient.json          an OperationOutcome\n\n"
        "Each fault with line, column, element and the fix. - reads standard input.");
    const auto options = std::make_shared<ValidateOptionsOfVerb>();
    verb->add_flag("--json", options->json, "print an OperationOutcome for each file");
    verb->add_option("files", options->files, "FHIR JSON or XML")->required();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return validate(*options, terminal); };
    });
}

}  // namespace gateway
