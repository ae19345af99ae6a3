#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <ostream>

#include "gateway/app/cli/queue_options.h"
#include "gateway/app/cli/stop_signal.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/demo/story.h"
#include "gateway/app/open_store.h"
#include "gateway/base/failure.h"

namespace gateway {

namespace {

constexpr std::chrono::seconds start_time{20};

struct DemoOptions {
    bool once = false;
    std::string folder;  // empty: a temporary one
    std::string assets = ".";
    std::string settings;  // empty: none but the demo's
};

std::string temporary_folder() {
    std::string path = (std::filesystem::temp_directory_path() / "painbridge-demo-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
        throw Failure(Category::unavailable, path + ": no temporary folder can be made");
    }
    return path;
}

void await(Child& child, std::string_view word, const Stage& stage) {
    const auto ready = child.wait_for(
        [&](const std::string& line) { return line.find(word) != std::string::npos; }, start_time);
    if (!ready) {
        throw Failure(Category::unavailable,
                      child.name() + " did not start; see " + stage.log(child.name()));
    }
}

void say_what_to_try(const Stage& stage, std::ostream& out) {
    const std::string tls = stage.folder + "/tls/";
    out << "\nThe gateway and both partners stay up. In another terminal, try:\n"
        << "  painbridge send --to mllps://localhost:" << stage.ports.mllp << " --ca " << tls
        << "ca.pem \\\n      --certificate " << tls << "gp.pem --key " << tls << "gp.key "
        << stage.assets << "/config/demo/messages/letter-only.hl7\n"
        << "  painbridge trace --config " << stage.config() << " ID\n"
        << "  painbridge check --config " << stage.config() << '\n'
        << "  curl http://127.0.0.1:" << stage.ports.ops << "/health/ready\n"
        << "Referrals that arrive are in " << stage.clinic_inbox() << ", answers in "
        << stage.gp_inbox() << ".\nCtrl-C ends it all.\n"
        << std::flush;
}

bool play_all(const Stage& stage, Child& gp, Child& clinic, std::ostream& out) {
    const auto open_reads = [store = settings_of(stage.config()).store] {
        return open_store_reads(store);
    };
    Story story(stage, open_reads, gp, clinic, out);
    bool is_good = true;
    for (const Scene& scene : scenes_of(stage.assets)) {
        is_good = story.play(scene) && is_good;
        out << std::flush;
    }
    return is_good;
}

ExitCode demo(const DemoOptions& options, Terminal& terminal) {
    const StopSignal stop;
    const Stage stage =
        set_stage(options.folder.empty() ? temporary_folder() : options.folder, options.assets);
    if (!options.settings.empty()) {
        add_settings(stage, options.settings);
    }
    terminal.out << "Certificates, configuration and logs are in " << stage.folder << '\n';
    const auto began = std::chrono::steady_clock::now();
    Child gateway("gateway", own_program(), {"serve", "--config", stage.config()},
                  stage.log("gateway"));
    await(gateway, "ready", stage);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    terminal.out << "The gateway was ready after " << took.count() << " ms\n";
    Child clinic("clinic", own_program(),
                 {"twin", "clinic", "--commands", "--config", stage.folder + "/twin-clinic.toml"},
                 stage.log("clinic"));
    Child gp("gp", own_program(),
             {"twin", "gp", "--commands", "--config", stage.folder + "/twin-gp.toml"},
             stage.log("gp"));
    await(clinic, "listening", stage);
    await(gp, "listening", stage);
    const bool is_good = play_all(stage, gp, clinic, terminal.out);
    terminal.out << (is_good ? "\nEvery loop closed.\n" : "\nA loop did not close.\n");
    if (!options.once) {
        say_what_to_try(stage, terminal.out);
        stop.wait();
    } else if (is_good && options.folder.empty()) {
        std::filesystem::remove_all(stage.folder);
    }
    return is_good ? ExitCode::done : ExitCode::found_problems;
}

}  // namespace

void declare_demo(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "demo",
        "See referrals cross, and their answers come home\n\n"
        "  painbridge demo --once      play, then stop; exit code 1 if a loop stays open\n"
        "  painbridge demo             play, then stay up and say what to try\n"
        "  painbridge demo --settings postgres.toml\n"
        "                              on the database that its [store.postgres] names\n\n"
        "Starts a gateway, a GP system (HL7 v2 over MLLP/TLS) and a pain clinic (FHIR over HTTPS)\n"
        "as processes of their own, on free ports of this machine, in a folder of their own.");
    const auto options = std::make_shared<DemoOptions>();
    verb->add_flag("--once", options->once, "stop when every message has been played");
    verb->add_option("--folder", options->folder, "keep everything here; must be empty");
    verb->add_option("--assets", options->assets, "where config/demo and mappings are")
        ->capture_default_str();
    verb->add_option("--settings", options->settings,
                     "a TOML file added to the gateway's settings");
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return demo(*options, terminal); };
    });
}

}  // namespace gateway
