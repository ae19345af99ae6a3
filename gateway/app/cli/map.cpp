#include <date/date.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/pipeline/constants.h"
#include "gateway/flow/pipeline/convert.h"
#include "gateway/format/json/reader.h"

namespace gateway {

namespace {

struct MapOptions {
    std::string map;  // file or url; empty: by message type
    std::string mappings = "mappings";
    std::string zone = "Etc/UTC";
    std::string now;
    std::string explain;
    std::string file;
    bool ledger = false;
};

// For the command line only: ids are stable from run to run, but not those of any gateway.
constexpr std::string_view command_line_key = "painbridge map: ids of the command line";

Instant instant_of(const std::string& text) {
    if (text.empty()) {
        return SystemClock().now();
    }
    std::tm parts{};
    std::istringstream stream(text);
    stream >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%SZ");
    if (stream.fail()) {
        throw Failure(Category::invalid, "--now must be a time such as 2026-01-31T12:00:00Z");
    }
    return Instant{std::chrono::seconds{timegm(&parts)}};
}

Engines load_engines(const MapOptions& options, Terminal& terminal) {
    Engines engines = load_definitions();
    Issues issues;
    load_maps(options.mappings, engines, issues);
    if (std::filesystem::is_regular_file(options.map)) {
        // Beside the folder's maps, so that it may import them.
        std::vector<MapFile> files = engines.map_files;
        std::erase_if(files, [&](const MapFile& file) {
            return std::filesystem::equivalent(file.name, options.map);
        });
        files.insert(files.begin(), {options.map, read_file(options.map)});
        issues = {};
        link_map_files(std::move(files), {}, engines, issues);
    }
    print_issues(issues, terminal.err);
    if (!engines.maps) {
        throw Failure(Category::invalid, "the maps have faults");
    }
    return engines;
}

std::string map_url(const MapOptions& options, const Engines& engines) {
    return std::filesystem::is_regular_file(options.map) ? std::string{engines.maps->urls().front()}
                                                         : options.map;
}

ExitCode print_explanation(const Conversion& conversion, const Engines& engines,
                           const std::string& element, Terminal& terminal) {
    const auto found = explain(conversion.view(*engines.maps), element);
    if (!found) {
        terminal.err << "painbridge: the result has no element " << element << '\n';
        return ExitCode::found_problems;
    }
    terminal.out << found->target << "\n  made by " << to_string(found->rule) << '\n';
    for (std::size_t i = 0; i < found->sources.size(); ++i) {
        terminal.out << (found->from_context ? "  a constant, on account of " : "  from ")
                     << found->sources[i];
        if (i < found->positions.size() && found->positions[i].line > 0) {
            terminal.out << " (line " << found->positions[i].line << ", column "
                         << found->positions[i].column << ")";
        }
        terminal.out << '\n';
    }
    return ExitCode::done;
}

ExitCode map(const MapOptions& options, Terminal& terminal) {
    const Engines engines = load_engines(options, terminal);
    Message message;
    message.bytes = read_input(options.file, terminal.in);
    message.digest = sha256(*message.bytes);
    message.received = instant_of(options.now);
    message.channel = "command-line";
    ConversionContext context;
    context.now = message.received;
    context.id_key = command_line_key;
    context.time_zone = options.zone;
    context.constants = constants_for({}, {}, message);
    const auto conversion =
        convert_hl7v2(engines, message.bytes, context, map_url(options, engines));
    print_issues(conversion->issues, options.file, *message.bytes, terminal.err);
    if (!options.explain.empty()) {
        return print_explanation(*conversion, engines, options.explain, terminal);
    }
    if (options.ledger) {
        print_json(ledger_document(conversion->view(*engines.maps)), terminal.out);
    } else {
        print_json(conversion->result.target, terminal.out);
    }
    return conversion->issues.has_errors() ? ExitCode::found_problems : ExitCode::done;
}

}  // namespace

void declare_map(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "map",
        "Show what a message becomes\n\n"
        "  painbridge map referral.hl7                      the FHIR that it becomes\n"
        "  painbridge map --ledger referral.hl7             what became of every field of it\n"
        "  painbridge map --explain 'Bundle.entry[2].resource.birthDate' referral.hl7\n"
        "  painbridge map --map my.fml referral.hl7         with a map of your own\n\n"
        "Faults go to stderr with field, line and column; - reads standard input.");
    const auto options = std::make_shared<MapOptions>();
    verb->add_option("--map", options->map, "map file, or url of a shipped map");
    verb->add_option("--definitions,--mappings", options->mappings, "folder of the maps")
        ->capture_default_str();
    verb->add_option("--zone", options->zone, "IANA zone of times without an offset")
        ->capture_default_str();
    verb->add_option("--now", options->now, "the time of the run, for repeatable output");
    verb->add_flag("--ledger", options->ledger, "print the ledger instead of the result");
    verb->add_option("--explain", options->explain, "say where this element came from");
    verb->add_option("file", options->file, "HL7 v2 message")->required();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return map(*options, terminal); };
    });
}

}  // namespace gateway
