#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <istream>

#include <ostream>

#include "gateway/app/cli/queue_options.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/app/open_store.h"
#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "gateway/base/settings/settings.h"
#include "gateway/base/text.h"
#include "gateway/flow/pipeline/engines.h"
#include "gateway/flow/pipeline/placer.h"
#include "gateway/flow/pipeline/trace_view.h"

namespace gateway {

namespace {

struct TraceOptions {
    std::string folder = "config";
    std::string id;
    bool identifier_stdin = false;
    bool json = false;
};

// `system|value` or `value`: how people know a referral. Never an argument, since arguments can be
// read by everybody on the machine.
std::string id_of_identifier(const StoreReads& store, const Settings& settings, std::istream& in) {
    std::string line;
    std::getline(in, line);
    const std::string identifier{trimmed(line)};
    const std::size_t bar = identifier.find('|');
    const std::string system = bar == std::string::npos ? "" : identifier.substr(0, bar);
    const std::string value = bar == std::string::npos ? identifier : identifier.substr(bar + 1);
    const auto referrals =
        store.referrals_by_placer(placer_token(read_secret(settings.ids.key), system, value));
    if (referrals.empty()) {
        throw Failure(Category::not_found, "no referral has this identifier");
    }
    return referrals.front().id;
}

void print_event(const TraceEvent& event, Instant began, std::ostream& out) {
    const auto since = std::chrono::duration<double, std::milli>(event.at - began).count();
    out << fmt::format("{}  {:>+10.3f} ms  {:<10} {}", to_fhir_instant(event.at), since,
                       event.stage, event.text);
    for (const TraceMeasure& measure : event.measures) {
        out << ' ' << measure.name << '=' << measure.value;
    }
    out << '\n';
}

ExitCode trace(const TraceOptions& options, Terminal& terminal) {
    const Settings settings = settings_of(options.folder);
    const auto store = open_store_reads(settings.store);
    const std::string id =
        options.identifier_stdin ? id_of_identifier(*store, settings, terminal.in) : options.id;
    const Trace events = store->trace(id);
    if (events.empty()) {
        throw Failure(Category::not_found, "no message and no referral has the id " + id);
    }
    if (options.json) {
        print_json(trace_document(events, std::make_shared<const NameTable>()), terminal.out);
        return ExitCode::done;
    }
    for (const TraceEvent& event : events) {
        print_event(event, events.front().at, terminal.out);
    }
    return ExitCode::done;
}

}  // namespace

void declare_trace(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "trace",
        "The flight recorder of a message or a referral\n\n"
        "  painbridge trace --config config 6f1c…            by its id\n"
        "  echo 'R-417-2026' | painbridge trace --config config --identifier-stdin\n\n"
        "Every step with its time, from the first byte to the answer. Identifiers of people's\n"
        "referrals are read from standard input only (number, or system|number).");
    const auto options = std::make_shared<TraceOptions>();
    verb->add_option("--config", options->folder, "folder with painbridge.toml")
        ->capture_default_str();
    verb->add_flag("--identifier-stdin", options->identifier_stdin,
                   "read the referral's number from standard input");
    verb->add_flag("--json", options->json, "print JSON");
    verb->add_option("id", options->id, "id of a message or a referral");
    verb->callback([options, &command] {
        if (options->id.empty() != options->identifier_stdin) {
            throw CLI::ValidationError("give an id, or --identifier-stdin");
        }
        command = [options](Terminal& terminal) { return trace(*options, terminal); };
    });
}

}  // namespace gateway
