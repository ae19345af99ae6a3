#include "tests/support/postgres_server.h"

#include <pwd.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

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

void make_cluster(const std::string& data) {
    std::string line = "setpriv --pdeathsig KILL";
    for (const std::string& word : as_nobody_special()) {
        line += " " + word;
    }
    // Not synced: the files of an empty cluster are nobody's.
    line += " " + programs + "initdb --no-sync --auth trust --encoding UTF8 --locale C " +
            "--username painbridge --wal-segsize 1 --pgdata " + quoted(data);
    const CommandResult made = run_command(line);
    if (made.status != 0) {
        throw std::runtime_error("initdb: " + made.output);
    }
}

}  // namespace

PostgresServer::PostgresServer() {
    if (::access((programs + "postgres").c_str(), X_OK) != 0) {
        throw std::runtime_error("PostgreSQL 15 is not installed; run: ./dev setup");
    }
    if (::geteuid() == 0) {
        const passwd* owner = ::getpwnam("postgres");
        if (owner == nullptr || ::chown(folder().c_str(), owner->pw_uid, owner->pw_gid) != 0) {
            throw std::runtime_error("the user postgres cannot have a folder");
        }
    }
    make_cluster(data());
    start();
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
                               "listen_addresses=", "-c", "shared_buffers=16MB"});
    server_ = std::make_unique<Child>("postgres", program_path("setpriv"), words,
                                      folder_.file("server.log"));
    const auto is_up = run_command(
        "for i in $(seq 1500); "
        "do " +
        programs + "pg_isready -q -h " + quoted(folder()) + " && exit 0; sleep 0.01; done; exit 1");
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
    target.database = name;
    target.user = "painbridge";
    return target;
}

std::unique_ptr<postgres::Connection> PostgresServer::connect(const std::string& database) const {
    return std::make_unique<postgres::Connection>(postgres::ConnectionParameters{
        {"host", folder()}, {"dbname", database}, {"user", "painbridge"}});
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
