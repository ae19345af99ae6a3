#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <ostream>

#include "gateway/app/cli/fhir_input.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"
#include "gateway/engine/definitions/schema_xml.h"
#include "gateway/flow/pipeline/engines.h"
#include "gateway/format/fhir/xml_writer.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

struct ConvertOptions {
    std::string to;
    std::string file;
    bool compact = false;
};

std::string converted(const ConvertOptions& options, const Engines& engines,
                      const std::shared_ptr<const std::string>& bytes) {
    const Document document = read_fhir(bytes, engines.schema, engines.names);
    if (options.to == "xml") {
        return write_fhir_xml(document, document.root(), SchemaXml(engines.schema),
                              {.layout = options.compact ? FhirXmlStyle::Layout::compact
                                                         : FhirXmlStyle::Layout::pretty,
                               .original = *bytes});
    }
    return options.compact ? write_json(document) + "\n"
                           : write_json(document, document.root(), JsonStyle::pretty);
}

// The output comes whole or not at all.
ExitCode convert(const ConvertOptions& options, Terminal& terminal) {
    const Engines engines = load_definitions();
    const auto bytes = read_input(options.file, terminal.in);
    try {
        terminal.out << converted(options, engines, bytes);
        return ExitCode::done;
    } catch (const Failure& failure) {
        if (failure.issues().empty()) {
            throw;
        }
        const bool is_utf8 = bytes->find('\0') == std::string::npos;  // else no line to show
        print_issues(failure.issues(), options.file, is_utf8 ? *bytes : std::string_view{},
                     terminal.err);
        return ExitCode::found_problems;
    }
}

}  // namespace

void declare_convert(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "convert",
        "Write a FHIR R4 resource in the other format, with nothing lost\n\n"
        "  painbridge convert --to xml patient.json\n"
        "  painbridge convert --to json - < bundle.xml      - reads standard input\n\n"
        "Faults come with line, column and element; then nothing is written. Exit codes: 0 done,\n"
        "1 faults in the resource, 2 could not run.");
    const auto options = std::make_shared<ConvertOptions>();
    verb->add_option("--to", options->to, "json or xml")
        ->required()
        ->check(CLI::IsMember({"json", "xml"}));
    verb->add_flag("--compact", options->compact, "on one line");
    verb->add_option("file", options->file, "FHIR JSON or XML; - for standard input")->required();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return convert(*options, terminal); };
    });
}

}  // namespace gateway
