#include "tests/torture/world.h"

#include <fmt/format.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <tuple>

#include "gateway/base/digest.h"
#include "gateway/base/ids.h"
#include "gateway/base/text.h"
#include "tests/support/foreign_program.h"

namespace gateway::torture {

namespace {

using namespace std::chrono_literals;

constexpr auto time_to_start = 60s;
constexpr auto between_looks = 10ms;

constexpr std::string_view deliver = "[deliver]\n";

constexpr std::string_view tries = R"(
[deliver.retry]
first = "20ms"
max = "100ms"

[deliver.breaker]
failures = 1000
pause = "100ms"

[deliver.quarantine]
equal_failures = 1000
)";

constexpr std::string_view routes = R"([[route]]
pass = true
message = ["REF^I12"]
receiving_application = ["DESK"]
to = "desk"
reason = "the desk reads HL7 v2 itself"

[[route]]
pass = true
message = ["REF^I12"]
receiving_application = ["BOTH"]
to = ["desk", "annex"]
reason = "both read HL7 v2 themselves"

[[route]]
when = "entry.resource.ofType(ServiceRequest).priority = 'stat'"
to = ["clinic", "annex"]
reason = "what cannot wait goes to whoever has a place"

)";

std::string new_folder() {
    std::string path =
        (std::filesystem::temp_directory_path() / "painbridge-torture-XXXXXX").string();
    return mkdtemp(path.data()) != nullptr ? path : "";
}

void append(const std::string& file, std::string_view text) {
    std::ofstream(file, std::ios::app) << text;
}

// As torture_gateway writes them.
using Counts = std::array<std::uint64_t, act_site_names.size() + 1>;

Counts read_counts(const std::string& file) {
    Counts counts{};
    std::ifstream(file, std::ios::binary)
        .read(reinterpret_cast<char*>(counts.data()), sizeof counts);
    return counts;
}

// The audit is verified from the first moment on, when no checkpoint has been made.
void put_empty_checkpoints(const Stage& stage) {
    append(stage.config() + "/audit.checkpoints", "");
}

// The chain, and what the checkpoints signed of it.
void check_audit(const std::string& config, Findings& findings) {
    const CommandResult verdict =
        run_command(PAINBRIDGE_PROGRAM " audit verify --config " + quoted(config));
    if (verdict.status != 0) {
        findings.push_back("the audit does not verify: " + verdict.output);
    }
}

}  // namespace

std::string_view name_of(ActSite site) {
    return act_site_names.at(static_cast<std::size_t>(site));
}

std::string Stop::word() const {
    return fmt::format("kill:{}:{}:{}", name_of(site),
                       moment == ActMoment::before ? "before" : "after", number);
}

std::vector<std::string> Stop::words() const {
    std::vector<std::string> words{word()};
    if (loses_power) {
        words.emplace_back("power");
    }
    if (victim != 0) {
        words.push_back(fmt::format("victim:{}", victim));
    }
    return words;
}

World::World(WorldOptions options)
    : options_(std::move(options)),
      stage_(set_stage(new_folder(), PAINBRIDGE_ROOT)),
      keys_{stage_.folder + "/tls/store.key"},
      ledger_file_(stage_.folder + "/ledger.txt") {
    start_peers();
    configure();
    add_places();
    if (options_.peers == Peers::fail_first) {
        order("retry on");
    }
}

void World::start_peers() {
    const StagePorts& ports = stage_.ports;
    peers_ = std::make_unique<Child>(
        "peers", node_path(),
        std::vector<std::string>{PAINBRIDGE_ROOT "/tests/torture/peers.mjs", stage_.folder,
                                 ledger_file_,
                                 PAINBRIDGE_ROOT "/config/demo/messages/referral-with-letter.hl7",
                                 std::to_string(ports.mllp), std::to_string(ports.https),
                                 std::to_string(ports.gp), std::to_string(ports.clinic)},
        stage_.log("peers"));
    if (!peers_->wait_for([](const std::string& line) { return line == "ready"; }, 30s)) {
        throw std::runtime_error("the peers did not start; see " + stage_.log("peers"));
    }
    const auto said =
        peers_->wait_for([](const std::string& line) { return line.starts_with("ports "); }, 1s);
    std::istringstream words(said.value_or(""));
    std::string word;
    words >> word >> relay_ >> annex_ >> desk_;
}

World::~World() {
    gateway_.reset();
    peers_.reset();
    if (!is_kept_) {
        std::filesystem::remove_all(stage_.folder);
    }
}

// Retries at once and without end, and a large letter goes through a file.
void World::configure() const {
    for (const char* partner : {"gp", "clinic"}) {
        const std::string file = fmt::format("{}/partners/{}.toml", stage_.config(), partner);
        std::string text = read_file(file);
        text.insert(text.find(deliver) + deliver.size(), timeout());
        std::ofstream(file) << text << tries;
    }
    append(stage_.config() + "/painbridge.toml",
           options_.settings +
               "\n[limits]\nspill_above = \"64KiB\"\n\n[threads]\nio = 2\nworkers = 2\n" +
               fmt::format("\n[alarms]\ncertificate_within = \"365d\"\n\n[[alarms.sink]]\nname = "
                           "\"pager\"\ncommand = [\"{}\", \"-a\", \"{}\"]\n",
                           program_path("tee"), alarms_file()));
    put_empty_checkpoints(stage_);
}

// A desk and an annex, and what makes a message go there (peers.mjs, `kinds`).
void World::add_places() const {
    for (const auto& [id, kind, url] :
         {std::tuple{"desk", "mllp", fmt::format("mllps://localhost:{}", desk_)},
          std::tuple{"annex", "https", fmt::format("https://localhost:{}/fhir", annex_)}}) {
        append(fmt::format("{}/partners/{}.toml", stage_.config(), id),
               fmt::format("id = \"{0}\"\nname = \"The {0}\"\nrole = \"clinic\"\n\n[deliver]\n"
                           "kind = \"{1}\"\nurl = \"{2}\"\nca = \"{3}/ca.pem\"\n"
                           "certificate = \"{3}/gateway.pem\"\nkey = \"{3}/gateway.key\"\n{4}{5}",
                           id, kind, url, stage_.folder + "/tls", timeout(), tries));
    }
    const std::string file = stage_.config() + "/partners/gp.toml";
    std::string text = read_file(file);
    text.insert(text.find("[[route]]"), routes);
    std::ofstream(file) << text;
}

std::string World::timeout() const {
    return fmt::format("timeout = \"{}\"\n", options_.deliver_timeout);
}

bool World::start(const std::vector<std::string>& words) {
    gateway_.reset();
    order("started");
    std::filesystem::remove(stage_.folder + "/counts");
    std::vector<std::string> arguments{stage_.folder + "/counts"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    arguments.insert(arguments.end(), {"--", "serve", "--config", stage_.config()});
    gateway_ =
        std::make_unique<Child>("gateway", options_.program, arguments, stage_.log("gateway"));
    return gateway_
        ->wait_for([](const std::string& line) { return line.starts_with("ready"); }, time_to_start)
        .has_value();
}

void World::send(int referrals_each) {
    is_drained_ = false;
    peers_->write_line(fmt::format("burst {}", referrals_each));
}

void World::signal(int number) const {
    ::kill(gateway_->process(), number);
}

bool World::has_ended(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    gateway_->wait_for([](const std::string&) { return false; }, patience);
    return std::chrono::steady_clock::now() < deadline;
}

World::End World::wait(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        is_drained_ =
            is_drained_ ||
            peers_->wait_for([](const std::string& line) { return line.starts_with("drained"); },
                             between_looks);
        if (is_drained_) {
            return End::drained;
        }
        if (has_ended(between_looks)) {
            return End::ended;
        }
    }
    return End::neither;
}

void World::kill() {
    signal(SIGKILL);
    gateway_.reset();
}

bool World::stop(std::chrono::milliseconds patience) {
    signal(SIGTERM);
    const bool has_ended = this->has_ended(patience);
    gateway_.reset();
    return has_ended;
}

bool World::comes(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(between_looks);
    }
    return true;
}

Findings World::drain_and_check(std::chrono::milliseconds patience) {
    if (!start({})) {
        return {"the gateway did not come back; see " + stage_.log("gateway")};
    }
    return finish_and_check(patience);
}

Findings World::finish_and_check(std::chrono::milliseconds patience) {
    Findings findings;
    const End end = wait(patience);
    if (end == End::drained) {
        peers_->write_line("again 2");
        if (!peers_->wait_for([](const std::string& line) { return line.starts_with("repeated"); },
                              patience)) {
            findings.push_back("a message that was sent again got no answer");
        }
    } else {
        findings.push_back(end == End::ended ? "the gateway ended by itself"
                                             : "not all made its way in time");
    }
    std::ranges::copy(check(ledger(), options_.refusals), std::back_inserter(findings));
    if (!is_told_of_incidents(patience)) {
        findings.push_back("nobody was told of an open incident");
    }
    if (logged("\"message.concern\"") > 0) {
        findings.push_back("the gateway is concerned about a message; see " +
                           stage_.log("gateway"));
    }
    check_audit(stage_.config(), findings);
    return findings;
}

void World::remove_store() const {
    for (const auto& entry : std::filesystem::directory_iterator(stage_.config())) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("painbridge.db") || name == "audit.checkpoints") {
            std::filesystem::remove(entry.path());
        }
    }
    forget_incidents();
    put_empty_checkpoints(stage_);
}

void World::forget_incidents() const {
    std::filesystem::remove(stage_.store() + ".alarms");
    std::filesystem::remove(alarms_file());
}

void World::forget_checkpoints() const {
    std::filesystem::remove(stage_.config() + "/audit.checkpoints");
    put_empty_checkpoints(stage_);
}

void World::tell_by_mail() const {
    const std::string file = stage_.config() + "/painbridge.toml";
    std::string text = read_file(file);
    const std::size_t at = text.find("\ncommand = ");
    if (at != std::string::npos) {
        text.replace(at + 1, std::string::npos,
                     fmt::format("url = \"smtp-plain://127.0.0.1:{}\"\nfrom = "
                                 "\"gateway@demo.example\"\nto = [\"desk@demo.example\"]\n",
                                 relay_));
        std::ofstream(file) << text;
    }
}

// One is open from the start: the stage's certificates end within the year.
bool World::is_told_of_incidents(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::error_code ignored;
    while (!std::filesystem::exists(alarms_file(), ignored) ||
           std::filesystem::file_size(alarms_file(), ignored) == 0) {
        if (has_ended(between_looks) || std::chrono::steady_clock::now() > deadline) {
            return false;
        }
    }
    return true;
}

void World::put_new_key_first() {
    const std::string file = fmt::format("{}/tls/store-{}.key", stage_.folder, keys_.size());
    append(file, to_hex(sha256(RandomIds().uuid())));
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    keys_.insert(keys_.begin(), file);
    write_keys();
}

void World::drop_older_keys() {
    keys_.resize(1);
    write_keys();
}

void World::write_keys() const {
    const std::string file = stage_.config() + "/painbridge.toml";
    std::string text = read_file(file);
    std::string keys;
    for (const std::string& key : keys_) {
        keys += fmt::format("{}{{ file = \"{}\" }}", keys.empty() ? "" : ", ", key);
    }
    const std::size_t at = text.find("\nkeys = ") + 1;
    text.replace(at, text.find('\n', at) - at, "keys = [" + keys + "]");
    std::ofstream(file) << text;
}

std::size_t World::logged(const std::string& event) const {
    const std::string text = read_file(stage_.log("gateway"));
    std::size_t count = 0;
    for (std::size_t at = text.find(event); at != std::string::npos;
         at = text.find(event, at + 1)) {
        ++count;
    }
    return count;
}

CommandResult World::run_verb(const std::vector<std::string>& plan,
                              const std::vector<std::string>& words) const {
    std::filesystem::remove(verb_counts());
    std::string line = quoted(options_.program) + " " + quoted(verb_counts());
    for (const std::string& word : plan) {
        line += " " + quoted(word);
    }
    line += " --";
    for (const std::string& word : words) {
        line += " " + quoted(word);
    }
    return run_command(line + " --config " + quoted(stage_.config()));
}

Passings World::passings_in(const std::string& counts) {
    const Counts all = read_counts(counts);
    Passings passings;
    for (std::size_t i = 0; i < act_site_names.size(); ++i) {
        if (all.at(i) > 0) {
            passings[static_cast<ActSite>(i)] = all.at(i);
        }
    }
    return passings;
}

bool World::was_stopped_in(const std::string& counts) {
    return read_counts(counts).back() != 0;
}

}  // namespace gateway::torture
