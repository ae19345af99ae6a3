#include "gateway/flow/store/postgres/postgres_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/store/postgres/connection.h"
#include "gateway/flow/store/postgres/migrations.h"
#include "gateway/flow/store/postgres/reach.h"
#include "gateway/flow/store/postgres/session.h"
#include "gateway/flow/store/sql/inspect.h"
#include "gateway/flow/store/sql/sql_store.h"

namespace gateway {

namespace {

using namespace postgres;

// For people: never the password.
std::string name_of(const PostgresTarget& target) {
    return fmt::format("PostgreSQL database {} on {}", target.database, target.host);
}

// A peer that vanished is noticed within half a minute. `read-write` finds the primary among
// several hosts, also after one of them has taken over.
ConnectionParameters parameters_of(const PostgresTarget& target) {
    ConnectionParameters parameters = {
        {"host", target.host},
        {"port", std::to_string(target.port)},
        {"dbname", target.database},
        {"user", target.user},
        {"sslmode", target.is_local() && target.ca.empty() ? "disable" : "verify-full"},
        {"ssl_min_protocol_version", "TLSv1.2"},
        {"gssencmode", "disable"},
        {"client_encoding", "UTF8"},
        {"application_name", "painbridge"},
        {"connect_timeout", "5"},
        {"tcp_user_timeout", "20000"},
        {"keepalives_idle", "10"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"target_session_attrs", "read-write"},
    };
    for (const auto& [name, value] :
         {std::pair<const char*, const std::string&>{"password", target.password},
          {"sslrootcert", target.ca},
          {"sslcert", target.certificate},
          {"sslkey", target.key}}) {
        if (!value.empty()) {
            parameters.emplace_back(name, value);
        }
    }
    return parameters;
}

Failure cannot_open(const sql::SqlError& error, const PostgresTarget& target) {
    if (error.is_damage()) {
        return {Category::fault, "the store is damaged",
                name_of(target) + ": " + error.what() + ": restore it from a backup"};
    }
    return {Category::unavailable, "the store cannot be opened",
            name_of(target) + ": " + error.what()};
}

Failure refused(const PostgresTarget& target, std::string_view why) {
    return {Category::unavailable, "the store cannot be opened",
            fmt::format("{}: {}", name_of(target), why)};
}

// A server that may lose what it has committed breaks the promise that an acknowledgement is.
void check_server(Connection& connection, const PostgresTarget& target) {
    struct Demand {
        const char* holds;  // 1 where it is met
        const char* why;
    };

    for (const Demand& demand : {
             Demand{"SELECT (current_setting('server_version_num')::int >= 150000)::int",
                    "the server is older than PostgreSQL 15"},
             Demand{"SELECT (current_setting('fsync') = 'on')::int",
                    "the server runs with fsync = off and would lose what was acknowledged: "
                    "set it on"},
             Demand{"SELECT (current_setting('full_page_writes') = 'on')::int",
                    "the server runs with full_page_writes = off, which a power cut may turn into "
                    "damage: set it on"},
             Demand{"SELECT (current_setting('server_encoding') = 'UTF8')::int",
                    "the database is not UTF8: create it with ENCODING 'UTF8' TEMPLATE template0"},
         }) {
        if (connection.ask_number(demand.holds) != 1) {
            throw refused(target, demand.why);
        }
    }
}

// Gateways that start together do this one after the other.
void bring_up_to_date(Connection& connection, const PostgresOptions& options) {
    begin_alone(connection);
    migrate(connection, shipped_migrations());
    sql::check_master_keys(connection, *options.general.keys, name_of(options.target),
                           sql::Writers::many);
    connection.commit();
}

void check_version(const PostgresOptions& options) {
    Connection connection(parameters_of(options.target));
    const std::int64_t latest = shipped_migrations().back().version;
    const std::int64_t present = schema_version(connection);
    if (present != latest) {
        throw Failure(Category::fault, "the store cannot be opened",
                      fmt::format("{} has schema version {}, this Painbridge reads version {}",
                                  name_of(options.target), present, latest));
    }
}

std::unique_ptr<sql::Connection> open_for_reading(const ConnectionParameters& parameters,
                                                  const std::shared_ptr<Reach>& reach) {
    const std::uint64_t era = reach->era();
    auto connection = reach->connect(parameters, {}, Reach::Patience::none);
    connection->execute("SET default_transaction_read_only = on");
    connection->use_while([reach, era] { return reach->era() == era && !reach->away(); });
    return connection;
}

// A migration takes its time.
constexpr ConnectionLimits opening_limits{.answer = std::chrono::hours(24)};

}  // namespace

bool PostgresTarget::is_local() const {
    const auto hosts = split(host, ',');
    return std::ranges::all_of(hosts, [](std::string_view each) {
        return each.starts_with('/') || each == "localhost" || each == "127.0.0.1" || each == "::1";
    });
}

std::unique_ptr<Store> open_postgres_store(const PostgresOptions& options) {
    if (!options.general.keys) {
        throw std::logic_error("a store is not written without keys");
    }
    try {
        const ConnectionParameters parameters = parameters_of(options.target);
        auto connection = std::make_unique<Connection>(parameters, opening_limits);
        check_server(*connection, options.target);
        bring_up_to_date(*connection, options);
        const auto reach = std::make_shared<Reach>();
        return sql::make_store(
            [parameters, reach] { return open_for_reading(parameters, reach); },
            std::make_unique<PostgresSession>(std::move(connection), parameters, reach),
            options.general, nullptr);
    } catch (const sql::SqlError& error) {
        throw cannot_open(error, options.target);
    }
}

std::unique_ptr<StoreReads> open_postgres_reads(const PostgresOptions& options) {
    try {
        check_version(options);
        const ConnectionParameters parameters = parameters_of(options.target);
        const auto reach = std::make_shared<Reach>();
        return sql::make_store([parameters, reach] { return open_for_reading(parameters, reach); },
                               nullptr, options.general, nullptr);
    } catch (const sql::SqlError& error) {
        throw cannot_open(error, options.target);
    }
}

StoreReport inspect_postgres_store(const PostgresOptions& options,
                                   const InspectionProgress& on_progress) {
    try {
        check_version(options);
        const auto connection =
            open_for_reading(parameters_of(options.target), std::make_shared<Reach>());
        StoreReport report;
        sql::inspect(*connection, *options.general.keys, on_progress, report);
        return report;
    } catch (const sql::SqlError& error) {
        throw cannot_open(error, options.target);
    }
}

}  // namespace gateway
