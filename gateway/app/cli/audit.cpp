#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <ostream>
#include <system_error>

#include "gateway/app/cli/checkpoints.h"
#include "gateway/app/cli/queue_options.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/app/open_store.h"
#include "gateway/base/settings/quantities.h"
#include "gateway/flow/audit/verify.h"

namespace gateway {

namespace {

struct AuditOptions : CheckpointOptions {
    std::string folder = "config";
};

// The file of the settings is made with the first checkpoint.
bool is_not_there_yet(const AuditOptions& options, const Settings& settings) {
    const std::string& file = settings.audit.checkpoint_file;
    std::error_code ignored;
    return options.checkpoints.empty() && !file.empty() && !std::filesystem::exists(file, ignored);
}

// A sound chain without the file of its checkpoints: whether one was due tells what that means.
ExitCode judge_missing_file(const Settings& settings, const StoreReads& store, Terminal& terminal) {
    const std::string& file = settings.audit.checkpoint_file;
    const std::string every = duration_text(settings.audit.checkpoint_every);
    const auto first = store.audit_after(0, 1);
    if (first.empty() || SystemClock().now() - first.front().at < settings.audit.checkpoint_every) {
        terminal.out << "checkpoints: none yet: " << file << " is made with the first one, within "
                     << every << " of the first record\n";
        return ExitCode::done;
    }
    terminal.out << "checkpoints: " << file
                 << " is not there, and one was due: the first record is of "
                 << to_fhir_instant(first.front().at) << ", and one is made every " << every
                 << ". Either the gateway has not run since checkpoints were switched on, or the "
                    "file was taken away\n";
    return ExitCode::found_problems;
}

void print_checkpoints(const std::optional<CheckpointList>& list, std::ostream& out) {
    if (!list) {
        out << "checkpoints: none given; a chain alone does not show that its end was cut off\n";
    } else if (list->checkpoints.empty()) {
        out << "checkpoints: none in the file\n";
    } else {
        out << "checkpoints: " << list->checkpoints.size() << " with a good signature hold; "
            << "the last is of " << list->checkpoints.back().at << " over "
            << list->checkpoints.back().records << " records\n";
    }
}

// Looks into the store beside a gateway that may be running: reading disturbs nobody.
ExitCode verify(const AuditOptions& options, Terminal& terminal) {
    constexpr std::uint64_t told_every = 500'000;
    const Settings settings = settings_of(options.folder);
    const bool is_missing = is_not_there_yet(options, settings);
    const auto list = is_missing ? std::nullopt : checkpoints_of(options, settings, terminal);
    const auto store = open_store_reads(settings.store);
    AuditWalk walk;
    if (list) {
        walk.checkpoints = list->checkpoints;
    }
    walk.on_page = [&terminal](std::uint64_t records) {
        if (records % told_every == 0) {
            terminal.err << "painbridge: " << records << " records are sound so far\n";
        }
    };
    const AuditVerdict verdict = verify_audit(*store, walk);
    if (verdict.finding) {
        terminal.out << "audit: " << verdict.finding->text << "\naudit: the " << verdict.records
                     << " records before it are sound\n";
        return ExitCode::found_problems;
    }
    terminal.out << "audit: " << verdict.records << " records, all sound; the last has the hash "
                 << to_hex(verdict.last) << '\n';
    if (is_missing) {
        return judge_missing_file(settings, *store, terminal);
    }
    print_checkpoints(list, terminal.out);
    return list && !list->faults.empty() ? ExitCode::found_problems : ExitCode::done;
}

}  // namespace

void declare_audit(CLI::App& app, Command& command) {
    CLI::App* audit = app.add_subcommand("audit",
                                         "The chained record of what was done\n\n"
                                         "  painbridge audit verify --config config");
    audit->require_subcommand(1);
    CLI::App* verb = audit->add_subcommand(
        "verify",
        "Walk the audit and name the first record that is not as it was written\n\n"
        "  painbridge audit verify --config config\n"
        "  painbridge audit verify --checkpoints /mnt/elsewhere/audit.checkpoints --public-key "
        "audit.pub\n\n"
        "Checks every hash and link, then every signed checkpoint: what they signed must be "
        "there.\n"
        "Works beside a running gateway. Exit code 0: all sound, 1: something was changed, or the\n"
        "settings' file of checkpoints is not there though one was due.");
    const auto options = std::make_shared<AuditOptions>();
    verb->add_option("--config", options->folder, "folder with painbridge.toml")
        ->capture_default_str();
    add_checkpoint_options(*verb, *options);
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return verify(*options, terminal); };
    });
}

}  // namespace gateway
