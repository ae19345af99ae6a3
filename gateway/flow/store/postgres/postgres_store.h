// The store on PostgreSQL 15, which several gateways may share. Writing: one connection a gateway,
// one transaction at a time in the whole database, many units to a transaction. Looking up: a small
// pool. Leases end by time alone, never with a process: another one may hold them. README.md of
// flow/store says what the server must be like. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/flow/store/inspection.h"
#include "gateway/flow/store/store.h"
#include "gateway/flow/store/store_options.h"

namespace gateway {

struct PostgresTarget {
    std::string host;  // names or addresses, separated by commas; a path: the folder of its socket
    std::uint16_t port = 5432;
    std::string database;
    std::string user;
    std::string password;     // empty: the client certificate, or what the server trusts
    std::string ca;           // PEM: whom the server's certificate chains to
    std::string certificate;  // PEM: ours
    std::string key;          // PEM: its private key

    // Whether every host is this machine: a socket, or a loopback address.
    bool is_local() const;
};

struct PostgresOptions {
    PostgresTarget target;
    StoreOptions general;
};

// Applies migrations, one gateway at a time. Throws `Failure`: `unavailable` (no connection, a
// server that does not keep what it commits, a key that is not in the ring), `fault` (damaged, or
// of a newer Painbridge). Off this machine the server must prove by its certificate who it is.
std::unique_ptr<Store> open_postgres_store(const PostgresOptions& options);

// Look-ups alone; throws `Failure` if there is no store or its version is another.
std::unique_ptr<StoreReads> open_postgres_reads(const PostgresOptions& options);

// Beside running gateways, with the keys; changes nothing. Throws `Failure` as the one above.
StoreReport inspect_postgres_store(const PostgresOptions& options,
                                   const InspectionProgress& on_progress = {});

}  // namespace gateway
