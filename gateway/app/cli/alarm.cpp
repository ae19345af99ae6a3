// `alarm test`: the same sinks as the gateway's, tried from this process; none need run.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <future>
#include <ostream>

#include "gateway/app/cli/queue_options.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"
#include "gateway/flow/alarm/sinks.h"

namespace gateway {

namespace {

struct AlarmOptions {
    std::string folder = "config";
    std::string sink;
    bool json = false;
};

struct Tried {
    std::string sink;
    std::optional<std::string> fault;
};

Notice test_notice(const Settings& settings, const AlarmSinkSettings& sink) {
    const Instant now = SystemClock().now();
    Notice notice;
    notice.incident.id = RandomIds().uuid();
    notice.incident.kind = AlarmClass::sink_dead;
    notice.incident.key = "test:" + sink.name;
    notice.incident.text = "a test by hand: nothing is wrong, and nobody needs to act";
    notice.incident.opened = now;
    notice.event = NoticeEvent::test;
    notice.urgency = sink.takes(Urgency::normal) ? Urgency::normal : Urgency::urgent;
    notice.gateway = settings.gateway.name;
    notice.at = now;
    return notice;
}

Tried try_sink(Reactor& reactor, const Settings& settings, const SinkPlace& place) {
    std::promise<std::optional<std::string>> done;
    reactor.post([&] {
        place.sink->send(
            test_notice(settings, place.settings),
            [&done](std::optional<std::string> fault) { done.set_value(std::move(fault)); });
    });
    return {place.settings.name, done.get_future().get()};
}

void print(const std::vector<Tried>& tried, bool json, Terminal& terminal) {
    Document document(std::make_shared<const NameTable>());
    for (const Tried& one : tried) {
        if (!json) {
            terminal.out << fmt::format("{}: {}\n", one.sink, one.fault.value_or("took it"));
            continue;
        }
        const NodeId node = document.append(document.root(), "sink");
        document.set_repeats(node, true);
        document.set_value(document.append(node, "name"), ValueKind::string, one.sink);
        document.set_value(document.append(node, "taken"), ValueKind::boolean,
                           one.fault ? "false" : "true");
        if (one.fault) {
            document.set_value(document.append(node, "fault"), ValueKind::string, *one.fault);
        }
    }
    if (json) {
        print_json(document, terminal.out);
    }
}

ExitCode test_sinks(const AlarmOptions& options, Terminal& terminal) {
    const Settings settings = settings_of(options.folder);
    Issues issues;
    const Credentials credentials = load_credentials(settings, issues);
    if (issues.has_errors()) {
        throw Failure(Category::invalid, "the configuration has faults", {}, issues);
    }
    IoThreads io(1);
    auto places = make_sinks(io[0], settings.alarms, credentials);
    std::vector<Tried> tried;
    for (const SinkPlace& place : places) {
        if (options.sink.empty() || options.sink == place.settings.name) {
            tried.push_back(try_sink(io[0], settings, place));
        }
    }
    io[0].settle([&places] { places.clear(); });
    if (tried.empty()) {
        throw Failure(Category::unavailable,
                      options.sink.empty()
                          ? "there is no [[alarms.sink]]: alarms reach nobody"
                          : fmt::format("there is no alarm sink {}", options.sink));
    }
    print(tried, options.json, terminal);
    const bool all =
        std::ranges::none_of(tried, [](const Tried& one) { return one.fault.has_value(); });
    return all ? ExitCode::done : ExitCode::found_problems;
}

}  // namespace

void declare_alarm(CLI::App& app, Command& command) {
    CLI::App* alarm = app.add_subcommand("alarm",
                                         "Alarms that leave the box\n\n"
                                         "  painbridge alarm test --config config");
    alarm->require_subcommand(1);
    CLI::App* verb = alarm->add_subcommand(
        "test",
        "Send a test alarm through each sink and say which took it\n\n"
        "  painbridge alarm test --config config\n"
        "  painbridge alarm test --sink pager\n\n"
        "Works beside a running gateway and without one; one try a sink, no retries.\n"
        "Exit code 0: all took it, 1: one did not.");
    const auto options = std::make_shared<AlarmOptions>();
    verb->add_option("--config", options->folder, "folder with painbridge.toml")
        ->capture_default_str();
    verb->add_option("--sink", options->sink, "this one only");
    verb->add_flag("--json", options->json, "print JSON");
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return test_sinks(*options, terminal); };
    });
}

}  // namespace gateway
