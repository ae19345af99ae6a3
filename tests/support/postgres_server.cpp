#include "tests/support/postgres_server.h"

#include <pwd.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "gateway/net/socket.h"
#include "tests/support/foreign_program.h"

namespace gateway {

namespace {

const std::string programs = "/usr/lib/postgresql/15/bin/";

// The server refuses to run as root: then as the package's user.
std::vector<std::string> as_nobody_special() {
    if (::geteuid() != 0) {
        return {};
    }
    return {"--reuid", "postgres", "--regid", "postgres", "--clear-groups"};
}

// One of the server's own programs, as its user.
void run_as_owner(const std::string& program, const std::string& arguments) {
    std::string line = "setpriv --pdeathsig KILL";
    for (const std::string& word : as_nobody_special()) {
        line += " " + word;
    }
    const CommandResult made = run_command(line + " " + programs + program + " " + arguments);
    if (made.status != 0) {
        throw std::runtime_error(program + ": " + made.output);
    }
}

}  // namespace

PostgresServer::PostgresServer() : PostgresServer(Cluster::none) {
    // Not synced: the files of an empty cluster are nobody's.
    run_as_owner("initdb",
                 "--no-sync --auth trust --encoding UTF8 --locale C --username painbridge "
                 "--wal-segsize 1 --pgdata " +
                     quoted(data()));
    start();
}

PostgresServer::PostgresServer(Cluster /*none*/) {
    if (::access((programs + "postgres").c_str(), X_OK) != 0) {
        throw std::runtime_error("PostgreSQL 15 is not installed; run: ./dev setup");
    }
    if (::geteuid() == 0) {
        const passwd* owner = ::getpwnam("postgres");
        if (owner == nullptr || ::chown(folder().c_str(), owner->pw_uid, owner->pw_gid) != 0) {
            throw std::runtime_error("the user postgres cannot have a folder");
        }
    }
}

std::unique_ptr<PostgresServer> PostgresServer::following(const PostgresServer& primary) {
    std::unique_ptr<PostgresServer> standby(new PostgresServer(Cluster::none));
    standby->follow(primary);
    return standby;
}

void PostgresServer::follow(const PostgresServer& primary) {
    pull_the_plug();
    std::filesystem::remove_all(data());
    run_as_owner("pg_basebackup",
                 "--no-sync --checkpoint fast --write-recovery-conf --username "
                 "painbridge --host " +
                     quoted(primary.folder()) + " --pgdata " + quoted(data()));
    start();
}

void PostgresServer::wait_for_standby() {
    const auto connection = connect("postgres");
    connection->execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
    connection->execute("SELECT pg_reload_conf()");
}

// Its own copy, which nobody else may read.
void PostgresServer::take(const std::string& file, const std::string& name) const {
    const std::string copy = data() + "/" + name;
    std::filesystem::copy_file(file, copy);
    std::filesystem::permissions(copy, std::filesystem::perms::owner_read);
    if (::geteuid() == 0 && ::chown(copy.c_str(), ::getpwnam("postgres")->pw_uid, 0) != 0) {
        throw std::runtime_error("the user postgres cannot have a file");
    }
}

std::uint16_t PostgresServer::listen_with_tls(const std::string& certificate,
                                              const std::string& key, const std::string& ca) {
    take(certificate, "server.crt");
    take(key, "server.key");
    take(ca, "root.crt");
    const auto connection = connect("postgres");
    connection->execute("ALTER SYSTEM SET ssl = on");
    connection->execute("ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
    std::ofstream(data() + "/pg_hba.conf") << "local all all trust\n"
                                              "hostssl all painbridge 127.0.0.1/32 scram-sha-256\n"
                                              "hostssl all all 127.0.0.1/32 cert\n";
    pull_the_plug();
    port_ = ListeningSocket({"127.0.0.1", 0}).address().port;
    addresses_ = "127.0.0.1";
    start();
    return port_;
}

void PostgresServer::promote() {
    run_as_owner("pg_ctl", "promote --wait --pgdata " + quoted(data()));
}

PostgresServer::~PostgresServer() {
    thaw();
    pull_the_plug();
}

void PostgresServer::start() {
    std::vector<std::string> words = {"--pdeathsig", "QUIT"};
    const auto user = as_nobody_special();
    words.insert(words.end(), user.begin(), user.end());
    words.insert(words.end(), {programs + "postgres", "-D", data(), "-k", folder(), "-c",
                               "listen_addresses=" + addresses_, "-p", std::to_string(port_), "-c",
                               "shared_buffers=16MB"});
    server_ = std::make_unique<Child>("postgres", program_path("setpriv"), words,
                                      folder_.file("server.log"));
    const auto is_up = run_command(
        "for i in $(seq 1500); "
        "do " +
        programs + "pg_isready -q -h " + quoted(folder()) + " -p " + std::to_string(port_) +
        " && exit 0; sleep 0.01; done; exit 1");
    if (is_up.status != 0) {
        throw std::runtime_error("PostgreSQL does not come up: see " + folder_.file("server.log"));
    }
}

void PostgresServer::pull_the_plug() {
    if (server_) {
        ::kill(server_->process(), SIGQUIT);
        server_.reset();
    }
}

void PostgresServer::crash() {
    pull_the_plug();
    start();
}

PostgresTarget PostgresServer::database(const std::string& name) {
    const auto connection = connect("postgres");
    if (connection->ask_number("SELECT count(*) FROM pg_database WHERE datname = '" + name + "'") ==
        0) {
        connection->execute("CREATE DATABASE \"" + name + "\"");
    }
    PostgresTarget target;
    target.host = folder();
    target.port = port_;
    target.database = name;
    target.user = "painbridge";
    return target;
}

std::unique_ptr<postgres::Connection> PostgresServer::connect(const std::string& database) const {
    return std::make_unique<postgres::Connection>(
        postgres::ConnectionParameters{{"host", folder()},
                                       {"port", std::to_string(port_)},
                                       {"dbname", database},
                                       {"user", "painbridge"}});
}

void PostgresServer::freeze(const std::string& database) {
    const auto connection = connect("postgres");
    const std::string of_gateways =
        " FROM pg_stat_activity WHERE application_name = 'painbridge' AND datname = '" + database +
        "'";
    const std::int64_t count = connection->ask_number("SELECT count(*)" + of_gateways);
    for (std::int64_t i = 0; i < count; ++i) {
        frozen_.push_back(static_cast<int>(connection->ask_number("SELECT pid" + of_gateways +
                                                                  " ORDER BY pid OFFSET " +
                                                                  std::to_string(i) + " LIMIT 1")));
    }
    for (const int process : frozen_) {
        ::kill(process, SIGSTOP);
    }
}

void PostgresServer::thaw() {
    for (const int process : frozen_) {
        ::kill(process, SIGCONT);
    }
    frozen_.clear();
}

std::int64_t PostgresServer::cut_connections(const std::string& database) const {
    return connect("postgres")
        ->ask_number(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" +
            database + "' AND application_name = 'painbridge'");
}

}  // namespace gateway
