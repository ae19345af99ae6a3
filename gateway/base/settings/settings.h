// The typed configuration: one struct a section of config/painbridge.toml, defaults in the member
// initialisers (the reference file shows the same ones; a test holds the two together).
// `load_settings` reads and checks everything and reports every fault at once; what it returns is
// an immutable value, to be shared as `std::shared_ptr<const Settings>` and swapped whole.
// TOML 1.0: https://toml.io/en/v1.0.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.h"
#include "gateway/base/issue.h"
#include "gateway/base/log.h"
#include "gateway/base/settings/alarm_settings.h"
#include "gateway/base/settings/partner.h"
#include "gateway/base/settings/secret.h"
#include "gateway/base/settings/store_settings.h"

namespace gateway {

// An IP address and a port, as in 127.0.0.1:2575 or [::1]:2575. Port 0 asks for any free port.
struct Address {
    std::string host;
    std::uint16_t port = 0;

    bool is_loopback() const;
    std::string text() const;

    bool operator==(const Address&) const = default;
};

// Who this gateway is to its partners.
struct GatewaySettings {
    std::string name = "painbridge";                       // MSH-3, MessageHeader.source.name
    std::string facility = "painbridge";                   // MSH-4
    std::string base = "https://painbridge.invalid/fhir";  // MessageHeader.source.endpoint, fullUrl
};

// Signed checkpoints of the audit (flow/audit/checkpoint.h).
struct AuditSettings {
    SecretReference checkpoint_key;  // PEM, Ed25519
    std::string checkpoint_file;     // appended to; empty: none are made
    std::chrono::milliseconds checkpoint_every = std::chrono::hours(1);

    bool operator==(const AuditSettings&) const = default;
};

// The roots that the certificates of one group's partners must chain to.
struct GroupTrust {
    std::string group;  // empty: every group that has no trust store of its own here
    std::string ca;     // PEM

    bool operator==(const GroupTrust&) const = default;
};

// A listener for partners. It has no plain form: an identity comes from a client certificate.
struct ListenSettings {
    std::optional<Address> address;  // absent: this listener is off
    std::string certificate;         // PEM, leaf first
    std::string key;                 // PEM, mode 0600 or 0400
    std::string ca;                  // PEM, roots that a client's certificate must chain to
    std::string group;               // partners of this group only; empty: all
    std::vector<GroupTrust> trust;   // of further groups, or of groups that `ca` must not speak for

    bool enabled() const { return address.has_value(); }

    // `ca` with `group`, where there is one, then `trust`.
    std::vector<GroupTrust> all_trust() const;
};

// Health, readiness and metrics for the machine's own operator: plain, loopback only.
struct OpsSettings {
    std::optional<Address> address = Address{"127.0.0.1", 9464};
};

struct ListenSections {
    ListenSettings mllp;
    ListenSettings https;
    OpsSettings ops;
};

struct LimitSettings {
    std::uint64_t body_bytes_max = 16ULL << 20U;
    std::uint64_t memory_bytes_max = 512ULL << 20U;  // of all bodies, from receiving to the answer
    std::uint64_t spill_above = 1ULL << 20U;         // a larger body is received into a file
    std::uint64_t spill_bytes_max = 8ULL << 30U;     // of all these files
    std::string spill_folder;                        // empty: the store's
    bool core_dumps = false;                         // whether a crash may write memory out
    std::uint32_t connections_max = 5000;
    std::uint32_t connections_per_peer_max = 256;
    std::uint32_t nodes_max = 1'000'000;  // of one document
    std::uint32_t depth_max = 64;
    std::uint32_t bundle_entries_max = 5000;
    std::chrono::milliseconds handshake = std::chrono::seconds(5);
    std::chrono::milliseconds head = std::chrono::seconds(10);
    std::uint64_t body_rate_min = 2048;  // bytes a second, below which a sender is cut off
    std::chrono::milliseconds idle = std::chrono::seconds(30);
    std::chrono::milliseconds answer = std::chrono::seconds(4);  // then "received, ask again"

    bool operator==(const LimitSettings&) const = default;
};

struct MappingSettings {
    std::string folder = "../mappings";
};

struct ProfileSettings {
    std::string folder = "../profiles";
};

struct ThreadSettings {
    std::uint32_t io = 1;
    std::uint32_t workers = 0;  // 0: one a core

    bool operator==(const ThreadSettings&) const = default;
};

// The key of the keyed hash that makes resource ids: at least 32 bytes, kept for ever, since the
// same referral must get the same ids again.
struct IdSettings {
    SecretReference key;
};

struct LogSettings {
    LogLevel level = LogLevel::info;
    std::string file;  // empty: standard error

    bool operator==(const LogSettings&) const = default;
};

struct Settings {
    std::string folder;
    std::string file;
    std::string hash;  // SHA-256 over the names and bytes of all files read, lower-case hex
    GatewaySettings gateway;
    StoreSettings store;
    AuditSettings audit;
    ListenSections listen;
    LimitSettings limits;
    MappingSettings mappings;
    ProfileSettings profiles;
    ThreadSettings threads;
    IdSettings ids;
    LogSettings log;
    AlarmSettings alarms;
    std::vector<Partner> partners;  // by id

    // nullptr if there is none.
    const Partner* partner(std::string_view id) const;
};

// Reads FOLDER/painbridge.toml and FOLDER/partners/*.toml. Faults are added to `issues`: source is
// the file, position the place in it. With errors among them the settings must not be used.
// Paths come back absolute or relative to the working directory, no longer to the file.
Settings load_settings(const std::string& folder, Issues& issues);

// What a person reads: file:line:column, the sentence, the line and a caret, for every issue.
std::string render_settings_issues(const Issues& issues);

// A key of painbridge.toml ("limits.idle") and its default as TOML (`"30s"`), none for a key that
// has no default. For the reference file's test and `painbridge check --keys`.
struct SettingsKey {
    std::string path;
    std::optional<std::string> default_value;
};

std::vector<SettingsKey> settings_keys();
std::vector<SettingsKey> partner_keys();

}  // namespace gateway
