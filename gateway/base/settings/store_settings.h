// Where messages are kept, how long, and under which keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/settings/secret.h"

namespace gateway {

// A database server instead of a file; off without a host.
struct PostgresSettings {
    std::string host;  // several with commas: the one that takes writes is used
    std::uint32_t port = 5432;
    std::string database = "painbridge";
    std::string user = "painbridge";
    SecretReference password;
    std::string ca;           // PEM
    std::string certificate;  // PEM; with `key` instead of a password, or beside it
    std::string key;          // PEM

    bool enabled() const { return !host.empty(); }

    bool operator==(const PostgresSettings&) const = default;
};

struct StoreSettings {
    std::string path = "painbridge.db";  // with PostgreSQL: where small files beside it go
    PostgresSettings postgres;
    std::chrono::milliseconds duplicates_kept = std::chrono::days(30);
    // How long a message can be read (flow/store/retention.h); nothing: for ever.
    std::optional<std::chrono::milliseconds> retention;
    // Master keys of the encrypted payloads: the first seals, the others still open.
    std::vector<SecretReference> keys;
    std::uint32_t disk_low_percent = 80;   // from here on somebody should make room
    std::uint32_t disk_full_percent = 90;  // from here on new work is refused

    bool operator==(const StoreSettings&) const = default;
};

}  // namespace gateway
