// The versions of the PostgreSQL schema, in order, and bringing a store up to the latest. The .sql
// files of migrations/ are part of the binary. README.md of flow/store says how to go back.
#pragma once

#include <cstdint>
#include <span>

#include "gateway/flow/store/postgres/connection.h"
#include "gateway/flow/store/sql/migration.h"

namespace gateway::postgres {

// Versions 1, 2, 3 …
std::span<const sql::Migration> shipped_migrations();

// 0 where there is no store yet.
std::int64_t schema_version(Connection& connection);

// Throws `Failure` `fault` for a version that is newer than the last of `migrations`.
void refuse_newer(std::int64_t present, std::span<const sql::Migration> migrations);

// Inside the caller's transaction, beside which nobody else writes: applies what is missing.
void migrate(Connection& connection, std::span<const sql::Migration> migrations);

}  // namespace gateway::postgres
