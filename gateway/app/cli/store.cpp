#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <ostream>

#include "gateway/app/cli/checkpoints.h"
#include "gateway/app/cli/queue_options.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/store_report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/app/open_store.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/backup/backup.h"
#include "gateway/flow/backup/files.h"
#include "gateway/flow/backup/restore.h"
#include "gateway/flow/credentials/store_keys.h"

namespace gateway {

namespace {

struct StoreOptionsOfVerb : CheckpointOptions {
    std::string folder = "config";
    std::string file;
    bool json = false;
    bool replace = false;
    bool without_manifest = false;
};

using Options = StoreOptionsOfVerb;

std::shared_ptr<const KeyRing> keys_of(const Settings& settings) {
    Issues issues;
    auto keys = load_store_keys(settings.store, issues);
    if (issues.has_errors() || !keys) {
        throw Failure(Category::invalid, "the configuration has faults", {}, issues);
    }
    return keys;
}

SqliteOptions sqlite_of(const Settings& settings) {
    return {.path = settings.store.path,
            .duplicates_kept = settings.store.duplicates_kept,
            .vfs = {},
            .keys = keys_of(settings)};
}

void refuse_postgres(const Settings& settings, std::string_view instead) {
    if (settings.store.postgres.enabled()) {
        throw Failure(
            Category::unavailable,
            fmt::format("the store is a PostgreSQL database ([store.postgres]), which its "
                        "own tools keep: {}; docs/operating.md, \"Backup and restore\"",
                        instead));
    }
}

// On one line, rewritten: for whoever watches. Ends its line when it goes.
class ProgressLine final {
public:
    explicit ProgressLine(std::ostream& err) : err_(err) {}

    ~ProgressLine() {
        if (is_open_) {
            err_ << '\n';
        }
    }

    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ProgressLine(ProgressLine&&) = delete;
    ProgressLine& operator=(ProgressLine&&) = delete;

    void copied(const CopyProgress& progress) {
        constexpr std::uint64_t mib = 1U << 20U;
        constexpr std::uint64_t step = 64 * mib;
        if (progress.bytes_done >= told_ + step) {
            told_ = progress.bytes_done;
            say(fmt::format("copied {} of {} MiB", told_ / mib, progress.bytes_all / mib));
        }
    }

    void opened(std::uint64_t payloads) { say(fmt::format("opened {} payloads", payloads)); }

private:
    void say(const std::string& text) {
        err_ << "\rpainbridge: " << text << "   " << std::flush;
        is_open_ = true;
    }

    std::ostream& err_;
    std::uint64_t told_ = 0;
    bool is_open_ = false;
};

ExitCode backup(const Options& options, Terminal& terminal) {
    const Settings settings = settings_of(options.folder);
    refuse_postgres(settings, "back it up with pg_basebackup or pg_dump --schema=painbridge");
    const BackupOptions wanted{.store = sqlite_of(settings),
                               .file = options.file,
                               .disk_full_percent = settings.store.disk_full_percent};
    BackupManifest manifest;
    {
        ProgressLine line(terminal.err);
        manifest = make_backup(wanted, SystemClock(),
                               [&](const CopyProgress& progress) { line.copied(progress); });
    }
    if (options.json) {
        print_json(backup_document(options.file, manifest), terminal.out);
        terminal.err << "painbridge: the keys of [store] are not in the backup: keep them apart\n";
    } else {
        print_backup(options.file, manifest, terminal.out);
    }
    return ExitCode::done;
}

// A file that the settings name need not be there yet.
std::optional<CheckpointList> checkpoints_if_there(const Options& options, const Settings& settings,
                                                   Terminal& terminal) {
    std::error_code ignored;
    if (options.checkpoints.empty() &&
        !std::filesystem::exists(settings.audit.checkpoint_file, ignored)) {
        return std::nullopt;
    }
    return checkpoints_of(options, settings, terminal);
}

ExitCode restore(const Options& options, Terminal& terminal) {
    const Settings settings = settings_of(options.folder);
    refuse_postgres(settings, "restore the base backup, or pg_restore into an empty database");
    RestoreOptions wanted{.file = options.file, .store = sqlite_of(settings), .actor = login()};
    wanted.existing = options.replace ? OnExistingStore::replace : OnExistingStore::refuse;
    wanted.manifest = options.without_manifest ? ManifestRule::not_needed : ManifestRule::demanded;
    if (auto list = checkpoints_if_there(options, settings, terminal)) {
        wanted.checkpoints = std::move(list->checkpoints);
    }
    Restored restored;
    {
        ProgressLine line(terminal.err);
        restored =
            restore_backup(wanted, SystemClock(),
                           {.on_copy = [&](const CopyProgress& progress) { line.copied(progress); },
                            .on_payloads = [&](std::uint64_t payloads) { line.opened(payloads); }});
    }
    if (options.json) {
        print_json(restored_document(restored, settings.store.path), terminal.out);
    } else {
        print_restored(restored, settings.store.path, terminal.out);
    }
    return ExitCode::done;
}

// The file as its manifest has it; nothing where it has none.
std::optional<std::string> fault_of_file(const std::string& file, const KeyRing& keys,
                                         Terminal& terminal) {
    std::error_code ignored;
    if (!std::filesystem::exists(manifest_file(file), ignored)) {
        terminal.err << "painbridge: " << manifest_file(file)
                     << " is missing: whether this is the file that was made is not known\n";
        return std::nullopt;
    }
    const BackupManifest manifest = read_manifest(read_file(manifest_file(file)), keys);
    if (digest_of_file(file).digest != manifest.digest) {
        return file + ": its SHA-256 is not the one of its manifest";
    }
    return std::nullopt;
}

StoreVerdict verdict_on(const Settings& settings, const Options& options, Terminal& terminal) {
    StoreVerdict verdict;
    const auto keys = keys_of(settings);
    StoreSettings store = settings.store;
    std::optional<std::string> fault;
    if (!options.file.empty()) {
        store.postgres = {};
        store.path = options.file;
        fault = fault_of_file(options.file, *keys, terminal);
    }
    if (fault) {
        verdict.report.fault = fault;
        return verdict;
    }
    const auto list = options.file.empty() ? checkpoints_if_there(options, settings, terminal)
                                           : std::optional<CheckpointList>();
    ProgressLine line(terminal.err);
    verdict.report =
        inspect_store(store, keys, [&](std::uint64_t payloads) { line.opened(payloads); });
    if (verdict.report.is_sound()) {
        AuditWalk walk;
        if (list) {
            walk.checkpoints = list->checkpoints;
        }
        verdict.audit = verify_audit(*open_store_reads(store), walk);
    }
    return verdict;
}

ExitCode verify(const Options& options, Terminal& terminal) {
    const Settings settings = settings_of(options.folder);
    const StoreVerdict verdict = verdict_on(settings, options, terminal);
    const auto keys = keys_of(settings);
    if (options.json) {
        print_json(verdict_document(verdict, *keys), terminal.out);
    } else {
        print_verdict(verdict, *keys, terminal.out);
    }
    return verdict.fault() ? ExitCode::found_problems : ExitCode::done;
}

ExitCode keys(const Options& options, Terminal& terminal) {
    const Settings settings = settings_of(options.folder);
    const auto ring = keys_of(settings);
    const auto uses = open_store_reads(settings.store)->master_key_uses();
    if (options.json) {
        print_json(keys_document(uses, *ring), terminal.out);
    } else {
        print_keys(uses, *ring, terminal.out);
    }
    return ExitCode::done;
}

using Run = ExitCode (*)(const Options&, Terminal&);

struct Words {
    const char* name;
    const char* help;
};

// The options that every verb here has.
CLI::App* declare(CLI::App& store, Command& command, Run run, const Words& words,
                  const std::shared_ptr<Options>& options) {
    CLI::App* verb = store.add_subcommand(words.name, words.help);
    verb->add_option("--config", options->folder, "folder with painbridge.toml")
        ->capture_default_str();
    verb->add_flag("--json", options->json, "print JSON");
    verb->callback([options, run, &command] {
        command = [options, run](Terminal& terminal) { return run(*options, terminal); };
    });
    return verb;
}

void declare_backup(CLI::App& store, Command& command) {
    const auto options = std::make_shared<Options>();
    declare(
        store, command, backup,
        {"backup",
         "Copy the store into one file, beside the running gateway\n\n"
         "  painbridge store backup --config config /mnt/backup/painbridge-2026-01-31.db\n\n"
         "Writes FILE and FILE.manifest, for their owner only. All that was acknowledged before "
         "it began\nis in it. Payloads stay encrypted; the keys of [store] are NOT in it: keep "
         "them apart, all that\nwere current since the oldest backup you keep. The disk is asked "
         "for room first. SQLite only."},
        options)
        ->add_option("file", options->file, "the backup to make; must not be there")
        ->required();
}

void declare_restore(CLI::App& store, Command& command) {
    const auto options = std::make_shared<Options>();
    CLI::App* verb = declare(
        store, command, restore,
        {"restore",
         "Put a backup in the place of the store, while no gateway runs\n\n"
         "  painbridge store restore --config config --replace "
         "/mnt/backup/painbridge-2026-01-31.db\n\n"
         "Copies it beside the store and looks at all of it (manifest, integrity, every payload "
         "with "
         "its key,\nthe audit) before it takes the store's place; the former store is kept under "
         "another name. What\nwas delivered after the backup goes out again with the same ids; "
         "what "
         "was accepted after it is not\nin it. Exit code 1: the backup is not sound. SQLite only."},
        options);
    verb->add_option("file", options->file, "the backup")->required();
    verb->add_flag("--replace", options->replace, "also where there is a store already");
    verb->add_flag("--without-manifest", options->without_manifest,
                   "take a file whose manifest was lost");
    add_checkpoint_options(*verb, *options);
}

void declare_verify(CLI::App& store, Command& command) {
    const auto options = std::make_shared<Options>();
    CLI::App* verb = declare(
        store, command, verify,
        {"verify",
         "Look at all that the store, or a backup, holds\n\n"
         "  painbridge store verify --config config\n"
         "  painbridge store verify --config config /mnt/backup/painbridge-2026-01-31.db\n\n"
         "The database's integrity, its schema, what records say of each other, every payload "
         "opened with\nits key, the audit's chain and its checkpoints. Works beside a running "
         "gateway, on PostgreSQL too.\nExit code 0: all sound, 1: names the first fault."},
        options);
    verb->add_option("file", options->file, "a backup; default: the store of the settings");
    add_checkpoint_options(*verb, *options);
}

void declare_keys(CLI::App& store, Command& command) {
    declare(
        store, command, keys,
        {"keys",
         "How many data keys are wrapped under each master key\n\n"
         "  painbridge store keys --config config\n\n"
         "current: the first of store.keys; needed: must stay in the list; unused: may leave it "
         "(backups\nmade under it still need it); missing: records cannot be read without it."},
        std::make_shared<Options>());
}

}  // namespace

void declare_store(CLI::App& app, Command& command) {
    CLI::App* store =
        app.add_subcommand("store",
                           "Back the store up, restore it, look whether it is whole\n\n"
                           "  painbridge store backup --config config FILE");
    store->require_subcommand(1);
    declare_backup(*store, command);
    declare_restore(*store, command);
    declare_verify(*store, command);
    declare_keys(*store, command);
}

}  // namespace gateway
