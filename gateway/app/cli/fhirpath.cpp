#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "gateway/app/cli/fhir_input.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/flow/pipeline/engines.h"
#include "gateway/flow/pipeline/fhir_view.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

struct FhirpathOptions {
    std::string input;
    std::string expression;
    std::string type;
    bool explain = false;
    bool strict = false;
};

std::string type_of(const Value& value, const Schema& schema) {
    if (!value.is_node()) {
        return std::string{name_of(value.type())};
    }
    return value.node_type() == no_type ? "node" : std::string{schema.type(value.node_type()).name};
}

// [{"type": …, "value": …}, …]
std::string results_json(const Collection& results, const Engines& engines) {
    std::string out = "[";
    for (const Value& value : results) {
        out += out.size() > 1 ? "," : "";
        out += "{\"type\":";
        append_json_string(out, type_of(value, *engines.schema));
        out += ",\"value\":";
        if (value.is_node() && !value.document().has_value(value.node())) {
            out += write_json(value.document(), value.node());
        } else if (value.type() == ValueType::boolean || value.type() == ValueType::integer ||
                   value.type() == ValueType::decimal) {
            out += text_of(value);
        } else {
            append_json_string(out, text_of(value));
        }
        out += "}";
    }
    return out + "]";
}

// What the expression is for: the type that was named, else that of the input.
std::string_view focus_type(const FhirpathOptions& options, const Document& document,
                            const Schema& schema) {
    if (options.type.empty()) {
        return document.resource_type(document.root());
    }
    if (schema.find_type(options.type) == no_type) {
        throw Failure(Category::invalid, "--type " + options.type + ": R4 has no such type");
    }
    return options.type;
}

ExitCode run(const FhirpathOptions& options, Terminal& terminal) {
    const Engines engines = load_definitions();
    Document document(engines.names);
    EvaluationContext context;
    if (!options.input.empty()) {
        document = read_fhir(read_input(options.input, terminal.in), engines.schema, engines.names);
        context.set_focus(root_value(document, engines.schema.get()));
    }
    const Program program = compile(
        options.expression, {.names = *engines.names,
                             .schema = engines.schema.get(),
                             .checks = options.strict ? PathChecks::strict : PathChecks::lenient,
                             .focus_type = focus_type(options, document, *engines.schema)});
    if (options.explain) {
        terminal.out << program.explain();
        return ExitCode::done;
    }
    context.set_now(SystemClock().now());
    terminal.out << results_json(evaluate(program, context), engines) << '\n';
    return ExitCode::done;
}

}  // namespace

void declare_fhirpath(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "fhirpath",
        "Evaluate a FHIRPath expression\n\n"
        "  painbridge fhirpath --input patient.json \"name.where(use='official').family\"\n"
        "  painbridge fhirpath --explain --type Patient 'name.given'   the steps, with their "
        "types\n"
        "  painbridge fhirpath --strict --type Patient 'name.givn'     what is wrong with it\n\n"
        "Prints [{\"type\":…,\"value\":…},…].");
    const auto options = std::make_shared<FhirpathOptions>();
    verb->add_option("--input", options->input, "FHIR JSON or XML, or - for standard input");
    verb->add_option("--type", options->type,
                     "the type that the expression is for (Patient, Bundle.entry); that of --input "
                     "where it is not said");
    verb->add_flag("--strict", options->strict,
                   "refuse elements that the type does not have, and what its types show to be "
                   "wrong");
    verb->add_flag("--explain", options->explain, "show the steps instead of running them");
    verb->add_option("expression", options->expression, "FHIRPath")->required();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return run(*options, terminal); };
    });
}

}  // namespace gateway
