// The versions of the SQLite schema, in order, and bringing a store up to the latest. The .sql
// files of migrations/ are part of the binary. README.md of flow/store says how to go back.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/sql/migration.h"
#include "gateway/flow/store/sqlite/connection.h"

namespace gateway::sqlite {

using sql::Migration;

// Versions 1, 2, 3 …
std::span<const Migration> shipped_migrations();

// 0 for an empty file; throws `Failure` if the file is not Painbridge's.
std::int64_t schema_version(Connection& connection);

// Applies what is missing, each migration with its version in one transaction. Before the first
// change to a store that holds records, copies it to "PATH.before-N", N the version it goes to.
// Throws `Failure`: `fault` for a store of a newer version, `unavailable` where the disk has no
// room for the copy. `disk` is that of `path`; null: asked of the system.
void migrate(Connection& connection, const std::string& path, std::span<const Migration> migrations,
             const DiskProbe& disk = {});

}  // namespace gateway::sqlite
