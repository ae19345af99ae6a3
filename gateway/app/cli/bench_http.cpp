#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <ostream>

#include "gateway/app/bench/http_load.h"
#include "gateway/app/bench/pass_sink.h"
#include "gateway/app/bench/report.h"
#include "gateway/app/cli/bench_arrivals.h"
#include "gateway/app/cli/bench_stage.h"
#include "gateway/app/cli/benches.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

using Messages = PassSink::Messages;

struct HttpOptions {
    std::string way = "hl7v2";
    std::size_t count = 3'000;
    std::size_t warm_up = 400;
    std::size_t connections = 8;
    std::string assets = ".";
    std::string folder;
    std::string settings;  // empty: none but the benchmark's
};

// One way in: what is sent to where, what its answer must say, and what must arrive of it.
struct Way {
    std::string_view title;
    std::string_view target;
    std::string_view content_type;
    bool is_passed_on = false;
    Arriving arriving = Arriving::as_sent;
    std::function<Messages(const HttpOptions&, std::size_t count)> messages;
    // How the answer to the message of that number begins to say yes, and names it.
    std::function<bool(std::string_view answer, const std::string& number)> accepts;
};

bool is_accepted_hl7v2(std::string_view answer, const std::string& number) {
    return answer.find("\rMSA|AA|" + number) != std::string_view::npos;
}

// The answer names the message by its MessageHeader's id, which ends with the digits.
bool is_accepted_fhir(std::string_view answer, const std::string& number) {
    return answer.find("\"code\":\"ok\"") != std::string_view::npos &&
           answer.find(number.substr(bench_mark.size()) + "\"") != std::string_view::npos;
}

std::string sample(const HttpOptions& options, std::string_view name) {
    return read_file(fmt::format("{}/config/demo/messages/{}", options.assets, name));
}

const std::map<std::string, Way>& ways() {
    constexpr std::size_t passed_bytes = 6'144;
    static const std::map<std::string, Way> all{
        {"pass",
         {"POST /hl7v2, passed on as it came", "/hl7v2", "application/hl7-v2", true,
          Arriving::as_sent,
          [](const HttpOptions& options, std::size_t count) {
              return make_padded_referrals(options.assets, count, passed_bytes);
          },
          is_accepted_hl7v2}},
        {"hl7v2",
         {"POST /hl7v2, mapped", "/hl7v2", "application/hl7-v2", false, Arriving::converted,
          [](const HttpOptions& options, std::size_t count) {
              return make_referrals(sample(options, "referral-with-letter.hl7"), count);
          },
          is_accepted_hl7v2}},
        {"fhir",
         {"POST /fhir/$process-message, checked and sent on byte for byte",
          "/fhir/$process-message", "application/fhir+json", false, Arriving::as_sent,
          [](const HttpOptions& options, std::size_t count) {
              return make_fhir_messages(sample(options, "fhir-referral.json"), count);
          },
          is_accepted_fhir}},
    };
    return all;
}

void let_surgery_in(const Stage& stage) {
    change_file(stage.config() + "/partners/gp.toml", [](std::string& gp) {
        replace_once(gp, "inbound = [\"mllp\"]", "inbound = [\"mllp\", \"https\"]");
    });
}

// The surgery's certificate, to the gateway's HTTPS listener.
ClientEndpoint https_endpoint(const Stage& stage, DeliverSettings surgery) {
    surgery.port = stage.ports.https;
    return client_endpoint(surgery);
}

bool drive(const HttpOptions& options, const Way& way, const Stage& stage, std::ostream& out) {
    const Messages messages = way.messages(options, options.warm_up + options.count);
    out << fmt::format(
        "load: {}: {} messages of {} bytes over {} HTTPS connections with client certificates, "
        "each sends when it has its answer; to the destination over HTTPS\n",
        way.title, options.count, messages.back()->size(), options.connections);
    const auto warm_end = messages.begin() + static_cast<std::ptrdiff_t>(options.warm_up);
    const Twins twins = load_twins(stage);
    IoThreads io(2);
    const PassSink sink(io[1], twins.clinic.listen, messages, Channel::https, way.arriving);
    const std::string count_file = stage.folder + "/syncs";
    Child gateway("gateway", own_program(),
                  {"bench", "gateway", "--config", stage.config(), "--count-syncs", count_file},
                  stage.log("gateway"));
    await_start(gateway, stage, out);
    const ClientEndpoint to = https_endpoint(stage, twins.gp.gateway);
    const auto plan = [&](std::size_t skipped) {
        return HttpLoadPlan{
            .connections = options.connections,
            .target = std::string{way.target},
            .content_type = std::string{way.content_type},
            .is_accepted = [&, skipped](std::size_t index, const HttpResponse& answer) {
                return answer.status == 200 && answer.body &&
                       way.accepts(*answer.body, bench_number(skipped + index));
            }};
    };
    run_http_load(io[0], to, plan(0), {messages.begin(), warm_end});
    await_arrivals(sink, options.warm_up);
    const Use before = use_of(gateway, stage, count_file);
    const LoadResult load =
        run_http_load(io[0], to, plan(options.warm_up), {warm_end, messages.end()});
    await_arrivals(sink, messages.size());
    const Use after = use_of(gateway, stage, count_file);
    const bool is_sound = print_verdict(
        load, sink,
        way.arriving == Arriving::as_sent ? "every one once, byte for byte" : "every one once",
        out);
    if (is_sound) {
        print_rates(load, sink, options.warm_up, out);
        print_use(before, after, options.count, out);
    }
    return is_sound;
}

ExitCode bench_http(const HttpOptions& options, Terminal& terminal) {
    const Way& way = ways().at(options.way);
    const Stage stage =
        set_stage(options.folder.empty() ? make_bench_folder() : options.folder, options.assets);
    let_surgery_in(stage);
    if (way.is_passed_on) {
        pass_referrals_on(stage);
    }
    if (!options.settings.empty()) {
        add_settings(stage, options.settings);
    }
    print_machine(stage.folder, terminal.out);
    print_settings(stage, terminal.out);
    const bool is_sound = drive(options, way, stage, terminal.out);
    if (is_sound && options.folder.empty()) {
        std::filesystem::remove_all(stage.folder);
    }
    return is_sound ? ExitCode::done : ExitCode::found_problems;
}

}  // namespace

void declare_bench_http(CLI::App& bench, Command& command) {
    CLI::App* verb = bench.add_subcommand(
        "http",
        "Messages that come in over HTTPS, with client certificates\n\n"
        "  painbridge bench http                   POST /hl7v2, mapped\n"
        "  painbridge bench http --way pass        POST /hl7v2, passed on as it came\n"
        "  painbridge bench http --way fhir        POST /fhir/$process-message\n\n"
        "Every answer must accept the very message it belongs to, and every message must arrive\n"
        "once at the destination: passed on and FHIR byte for byte.");
    const auto options = std::make_shared<HttpOptions>();
    verb->add_option("--way", options->way, "hl7v2, pass or fhir")
        ->capture_default_str()
        ->check(CLI::IsMember({"hl7v2", "pass", "fhir"}));
    verb->add_option("--count", options->count, "messages that are measured")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{10}, std::size_t{1'000'000}));
    verb->add_option("--warm-up", options->warm_up, "messages before that")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    verb->add_option("--connections", options->connections, "HTTPS connections of the load")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000}));
    verb->add_option("--folder", options->folder, "keep everything here; must be empty");
    verb->add_option("--settings", options->settings,
                     "a TOML file added to the gateway's settings, such as a [store.postgres]");
    verb->add_option("--assets", options->assets, "where config/demo and mappings are")
        ->capture_default_str();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return bench_http(*options, terminal); };
    });
}

}  // namespace gateway
