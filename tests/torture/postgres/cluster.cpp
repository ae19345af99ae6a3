#include "tests/torture/postgres/cluster.h"

#include <fmt/format.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/net/socket.h"
#include "tests/support/foreign_program.h"

namespace gateway::torture {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto patience = 60s;
constexpr auto between_looks = 20ms;

std::string new_folder() {
    std::string path = (fs::temp_directory_path() / "painbridge-cluster-XXXXXX").string();
    return mkdtemp(path.data()) != nullptr ? path : "";
}

std::array<std::uint16_t, 3> free_ports() {
    const std::array<ListeningSocket, 3> sockets{ListeningSocket({"127.0.0.1", 0}),
                                                 ListeningSocket({"127.0.0.1", 0}),
                                                 ListeningSocket({"127.0.0.1", 0})};
    return {sockets[0].address().port, sockets[1].address().port, sockets[2].address().port};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

void rewrite(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

// Short leases, and retries that soon come again.
void configure(const Stage& stage, const PostgresTarget& target, const std::string& more) {
    const std::string main = stage.config() + "/painbridge.toml";
    rewrite(main, read_file(main) +
                      fmt::format("\n[threads]\nio = 2\nworkers = 2\n\n[store.postgres]\n"
                                  "host = \"{}\"\nport = {}\ndatabase = \"{}\"\nuser = \"{}\"\n{}",
                                  target.host, target.port, target.database, target.user, more));
    const std::string clinic = stage.config() + "/partners/clinic.toml";
    rewrite(clinic, replaced(read_file(clinic), "[deliver]\n", "[deliver]\ntimeout = \"1s\"\n") +
                        "\n[deliver.retry]\nfirst = \"20ms\"\nmax = \"100ms\"\n"
                        "\n[deliver.breaker]\nfailures = 1000\npause = \"100ms\"\n"
                        "\n[deliver.quarantine]\nequal_failures = 1000\n");
}

// TORT-2-0017: the seventeenth of the third patient.
std::string patient_of(const std::string& number) {
    return number.substr(0, number.rfind('-'));
}

void check_order(const ClusterLedger& ledger, std::vector<std::string>& findings) {
    std::map<std::string, std::string> last;
    std::set<std::string> seen;
    for (const Arrival& arrival : ledger.arrivals) {
        if (!seen.insert(arrival.number).second) {
            continue;
        }
        std::string& before = last[patient_of(arrival.number)];
        if (arrival.number < before) {
            findings.push_back(fmt::format("{} arrived after {}", arrival.number, before));
        }
        before = arrival.number;
    }
}

void check_arrivals(const ClusterLedger& ledger, std::vector<std::string>& findings) {
    std::map<std::string, std::set<std::string>> versions;
    for (const Arrival& arrival : ledger.arrivals) {
        versions[arrival.number].insert(arrival.version);
    }
    for (const std::string& number : ledger.acknowledged) {
        if (!versions.contains(number)) {
            findings.push_back(number + " was acknowledged and did not arrive");
        }
    }
    for (const auto& [number, all] : versions) {
        if (all.size() != 1) {
            findings.push_back(fmt::format("{} took effect {} times", number, all.size()));
        }
    }
}

}  // namespace

Cluster::Cluster(const PostgresTarget& target, const std::string& more)
    : stage_(set_stage(new_folder(), PAINBRIDGE_ROOT)) {
    configure(stage_, target, more);
    const auto [mllp, https, ops] = free_ports();
    members_[0] = {stage_.config(), stage_.ports.mllp, stage_.ports.ops, nullptr};
    members_[1] = {stage_.folder + "/second", mllp, ops, nullptr};
    fs::copy(stage_.config(), members_[1].config, fs::copy_options::recursive);
    std::string text = read_file(stage_.config() + "/painbridge.toml");
    for (const auto& [from, to] :
         {std::pair{stage_.ports.mllp, mllp}, std::pair{stage_.ports.https, https},
          std::pair{stage_.ports.ops, ops}}) {
        text = replaced(text, fmt::format("127.0.0.1:{}", from), fmt::format("127.0.0.1:{}", to));
    }
    rewrite(members_[1].config + "/painbridge.toml", text);
    for (const Member& each : members_) {
        rewrite(each.config + "/audit.checkpoints", "");  // verified before the first is made, too
    }
    peers_ = std::make_unique<Child>(
        "peers", node_path(),
        std::vector<std::string>{PAINBRIDGE_ROOT "/tests/torture/postgres/peers.mjs", stage_.folder,
                                 stage_.folder + "/ledger.txt",
                                 PAINBRIDGE_ROOT "/config/demo/messages/referral-with-letter.hl7",
                                 std::to_string(stage_.ports.clinic),
                                 std::to_string(stage_.ports.mllp), std::to_string(mllp)},
        stage_.log("peers"));
    if (!heard("ready")) {
        throw std::runtime_error("the peers did not start; see " + stage_.log("peers"));
    }
}

Cluster::~Cluster() {
    for (Member& each : members_) {
        each.process.reset();
    }
    peers_.reset();
    if (!is_kept_) {
        fs::remove_all(stage_.folder);
    }
}

void Cluster::start(Which which) {
    Member& wanted = member(which);
    const std::string name = which == Which::first ? "first" : "second";
    wanted.process = std::make_unique<Child>(
        name, PAINBRIDGE_PROGRAM, std::vector<std::string>{"serve", "--config", wanted.config},
        stage_.log(name));
    if (!wanted.process->wait_for([](const std::string& line) { return line.starts_with("ready"); },
                                  patience)) {
        throw std::runtime_error("a gateway did not start; see " + stage_.log(name));
    }
}

void Cluster::kill(Which which) {
    ::kill(member(which).process->process(), SIGKILL);
    member(which).process.reset();
}

int Cluster::readiness(Which which) const {
    const CommandResult answer =
        run_command(fmt::format("{} -s -o /dev/null -w '%{{http_code}}' --max-time 5 "
                                "http://127.0.0.1:{}/health/ready",
                                program_path("curl"), member(which).ops));
    int status = 0;
    std::from_chars(answer.output.data(), answer.output.data() + answer.output.size(), status);
    return status;
}

bool Cluster::comes_to(Which which, int wanted) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (readiness(which) != wanted) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(between_looks);
    }
    return true;
}

std::optional<std::string> Cluster::heard(const std::string& beginning) {
    return peers_->wait_for([&](const std::string& line) { return line.starts_with(beginning); },
                            patience);
}

bool Cluster::drains(int referrals) {
    return heard(fmt::format("drained {}", referrals)).has_value();
}

ClusterLedger Cluster::ledger() const {
    ClusterLedger ledger;
    std::ifstream lines(stage_.folder + "/ledger.txt");
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string event;
        std::string number;
        words >> event >> number;
        if (event == "acked") {
            ledger.acknowledged.insert(number);
        } else if (event == "refused") {
            ledger.refusals.push_back(line);
        } else if (event == "took") {
            std::string id;
            std::string digest;
            std::int64_t at = 0;
            words >> id >> digest >> at;
            ledger.arrivals.push_back({number, id + " " + digest, std::chrono::milliseconds(at)});
        }
    }
    return ledger;
}

std::vector<std::string> Cluster::findings() const {
    const ClusterLedger all = ledger();
    std::vector<std::string> findings;
    check_arrivals(all, findings);
    check_order(all, findings);
    for (const std::string& refusal : all.refusals) {
        // "Not now" is what it may say, and the sender tries again.
        if (refusal.find(" AE ") == std::string::npos) {
            findings.push_back("a message was refused: " + refusal);
        }
    }
    for (const Member& each : members_) {
        const CommandResult verdict =
            run_command(PAINBRIDGE_PROGRAM " audit verify --config " + quoted(each.config));
        if (verdict.status != 0) {
            findings.push_back("the audit does not verify: " + verdict.output);
        }
    }
    return findings;
}

}  // namespace gateway::torture
