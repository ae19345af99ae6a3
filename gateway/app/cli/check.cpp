#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "gateway/app/cli/open_files.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/flow/pipeline/snapshot.h"

namespace gateway {

namespace {

void report_certificate(std::string_view owner, const TlsContext& context, Instant now,
                        std::ostream& out) {
    const auto end = context.not_after();
    if (!end) {
        return;
    }
    const auto left = std::chrono::floor<std::chrono::days>(*end - now).count();
    out << "  " << owner << ": certificate until " << to_fhir_instant(*end) << " (" << left
        << " days)" << (left < 30 ? "  <- renew it" : "") << '\n';
}

void check_listener(std::string_view name, const ListenSettings& listen,
                    const ListenerCredentials& credentials, Instant now, std::ostream& out) {
    if (!listen.enabled()) {
        out << "  " << name << ": off\n";
        return;
    }
    out << "  " << name << ": " << listen.address->text() << '\n';
    for (const GroupTrust& trust : listen.all_trust()) {
        out << "  " << name << ": " << (trust.group.empty() ? "partners" : trust.group) << " under "
            << trust.ca << '\n';
    }
    report_certificate(name, *credentials.tls, now, out);
}

void check_partner(const Partner& partner, const Credentials& credentials, Instant now,
                   std::ostream& out) {
    out << "  " << partner.id << " (" << to_string(partner.role) << ")";
    for (const RouteRule& rule : partner.routes) {
        out << ", to " << fmt::format("{}", fmt::join(rule.to, " and "))
            << (rule.pass ? fmt::format(" as it came: {}", fmt::join(rule.head.message, ", "))
                          : " when " + rule.when);
    }
    out << '\n';
    if (partner.deliver.enabled) {
        out << "  " << partner.id << ": reached at " << partner.deliver.url << '\n';
        report_certificate(partner.id, *credentials.to_partner.at(partner.id), now, out);
    }
}

void check_alarms(const AlarmSettings& alarms, const Credentials& credentials, Instant now,
                  std::ostream& out) {
    if (alarms.sinks.empty()) {
        out << "  nobody is told: there is no [[alarms.sink]]\n";
    }
    for (const AlarmSinkSettings& sink : alarms.sinks) {
        out << "  " << sink.name << ": " << (sink.url.empty() ? sink.command.front() : sink.url)
            << '\n';
        if (const auto& tls = credentials.to_sink.at(sink.name).tls) {
            report_certificate(sink.name, *tls, now, out);
        }
    }
}

ExitCode check(const std::string& folder, Terminal& terminal) {
    Issues issues;
    const auto snapshot = load_snapshot(folder, issues);
    raise_open_files();  // as `serve` does
    check_open_files(*snapshot->settings, issues);
    print_issues(issues, terminal.err);
    if (issues.has_errors()) {
        return ExitCode::found_problems;
    }
    const Settings& settings = *snapshot->settings;
    const Instant now = SystemClock().now();
    terminal.out << "settings " << snapshot->hash << "\nlisteners\n";
    const Credentials& credentials = snapshot->credentials;
    check_listener("mllp", settings.listen.mllp, credentials.mllp, now, terminal.out);
    check_listener("https", settings.listen.https, credentials.https, now, terminal.out);
    const PostgresSettings& postgres = settings.store.postgres;
    terminal.out << "store\n  "
                 << (postgres.enabled() ? "PostgreSQL on " + postgres.host : settings.store.path)
                 << '\n';
    for (const std::string& id : snapshot->store_keys->ids()) {
        terminal.out << "  master key " << id
                     << (id == snapshot->store_keys->current() ? ", seals" : ", opens only")
                     << '\n';
    }
    terminal.out << "maps\n";
    for (const std::string_view url : snapshot->engines.maps->urls()) {
        terminal.out << "  " << url << '\n';
    }
    terminal.out << "partners\n";
    for (const Partner& partner : settings.partners) {
        check_partner(partner, credentials, now, terminal.out);
    }
    terminal.out << "alarms\n";
    check_alarms(settings.alarms, credentials, now, terminal.out);
    const InvariantCoverage& coverage = snapshot->engines.validator->coverage();
    terminal.out << "R4 invariants: " << coverage.native + coverage.compiled << " checked, "
                 << coverage.skipped << " not understood by this build\n";
    return ExitCode::done;
}

}  // namespace

void declare_check(CLI::App& app, Command& command) {
    CLI::App* verb =
        app.add_subcommand("check",
                           "Say every fault of a configuration, with file, line and column\n\n"
                           "  painbridge check --config config\n\n"
                           "Loads settings, partners, maps, routes, keys and certificates as "
                           "`serve` would, and stops.");
    const auto folder = std::make_shared<std::string>("config");
    verb->add_option("--config", *folder, "folder with painbridge.toml and partners/")
        ->capture_default_str();
    verb->callback([folder, &command] {
        command = [folder](Terminal& terminal) { return check(*folder, terminal); };
    });
}

}  // namespace gateway
