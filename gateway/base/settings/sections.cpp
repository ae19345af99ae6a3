#include "gateway/base/settings/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "gateway/base/settings/quantities.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1ULL << 10U;
constexpr std::uint64_t mib = 1ULL << 20U;
constexpr std::uint64_t gib = 1ULL << 30U;

void read_gateway(SectionReader& section, GatewaySettings& gateway) {
    section.text("name", gateway.name);
    section.text("facility", gateway.facility);
    section.text("base", gateway.base);
    const auto base = parse_endpoint(gateway.base);
    if (!base || base->kind != Channel::https || gateway.base.ends_with('/')) {
        section.fault("base",
                      "base must be the https URL of this gateway's FHIR service, without "
                      "a slash at its end");
    }
    if (gateway.name.empty()) {
        section.fault("name", "name must not be empty: partners see it as the sender");
    }
}

bool is_this_machine(std::string_view host) {
    return host.starts_with('/') || host == "localhost" || host == "127.0.0.1" || host == "::1";
}

void check_postgres_tls(SectionReader& section, const PostgresSettings& postgres) {
    const auto hosts = split(postgres.host, ',');
    if (std::ranges::all_of(hosts, is_this_machine)) {
        return;
    }
    if (postgres.ca.empty()) {
        section.fault("ca",
                      "store.postgres.ca is missing: a server on another machine must prove who it "
                      "is; name the PEM file of the authority of its certificate",
                      "required");
    }
    if (postgres.password.empty() && postgres.certificate.empty()) {
        section.fault("host",
                      "there is neither a password nor a certificate for store.postgres: who may "
                      "reach the server's port could take its place; set password = { file = … } "
                      "or certificate and key",
                      "required");
    }
}

void read_postgres(SectionReader& section, PostgresSettings& postgres) {
    section.text("host", postgres.host);
    section.number("port", postgres.port, {1, 65535});
    section.text("database", postgres.database);
    section.text("user", postgres.user);
    section.secret("password", postgres.password);
    section.path("ca", postgres.ca);
    section.path("certificate", postgres.certificate);
    section.path("key", postgres.key);
    if (!postgres.enabled()) {
        if (section.has("password") || section.has("ca") || section.has("certificate")) {
            section.fault("host",
                          "store.postgres.host is missing: the server's name, or the folder of its "
                          "socket",
                          "required");
        }
        return;
    }
    if (!postgres.ca.empty()) {
        check_file(section, "ca", postgres.ca);
    }
    if (postgres.certificate.empty() != postgres.key.empty()) {
        section.fault("certificate", "certificate and key of store.postgres go together");
    } else if (!postgres.key.empty()) {
        check_file(section, "certificate", postgres.certificate);
        check_key_file(section, "key", postgres.key);
    }
    if (postgres.password.kind == SecretReference::Kind::file) {
        check_key_file(section, "password", postgres.password.name);
    }
    check_postgres_tls(section, postgres);
}

void read_store(SectionReader& section, StoreSettings& store) {
    section.section("postgres", [&](SectionReader& s) { read_postgres(s, store.postgres); });
    section.path("path", store.path);
    section.duration("duplicates_kept", store.duplicates_kept, {1h, 24h * 3660});
    section.duration_or("retention", store.retention, "for ever", {1h, 24h * 36600});
    if (store.retention && *store.retention < store.duplicates_kept) {
        section.fault("retention",
                      "retention must be at least duplicates_kept: a repeated message gets the "
                      "stored answer again");
    }
    section.number("disk_low_percent", store.disk_low_percent, {1, 100});
    section.number("disk_full_percent", store.disk_full_percent, {1, 100});
    if (store.disk_low_percent > store.disk_full_percent) {
        section.fault("disk_low_percent",
                      "disk_low_percent must not be more than disk_full_percent: the warning comes "
                      "before the refusal");
    }
    if (store.path.empty()) {
        section.fault("path", "path must name the database file");
    }
    section.secrets("keys", store.keys);
    if (!section.has("keys")) {
        section.fault(
            "keys",
            "store.keys is missing: what is stored is encrypted under it; make a key with "
            "openssl rand -hex 32 > store.key; chmod 600 store.key, and refer to it with "
            "[store] keys = [{ file = \"store.key\" }]",
            "required");
    }
    for (const SecretReference& key : store.keys) {
        if (key.kind == SecretReference::Kind::file) {
            check_key_file(section, "keys", key.name);
        }
    }
}

void read_audit(SectionReader& section, AuditSettings& audit) {
    section.secret("checkpoint_key", audit.checkpoint_key);
    section.path("checkpoint_file", audit.checkpoint_file);
    section.duration("checkpoint_every", audit.checkpoint_every, {1s, 24h * 7});
    if (section.has("checkpoint_key") != section.has("checkpoint_file")) {
        section.fault(
            section.has("checkpoint_key") ? "checkpoint_key" : "checkpoint_file",
            "checkpoint_key and checkpoint_file go together: one signs, the other says "
            "where to; make a key with openssl genpkey -algorithm ed25519 -out audit.key; "
            "chmod 600 audit.key",
            "required");
    }
    if (audit.checkpoint_key.kind == SecretReference::Kind::file) {
        check_key_file(section, "checkpoint_key", audit.checkpoint_key.name);
    }
    std::error_code ignored;
    if (section.has("checkpoint_file") &&
        !std::filesystem::is_directory(
            std::filesystem::absolute(audit.checkpoint_file).parent_path(), ignored)) {
        section.fault("checkpoint_file",
                      fmt::format("the folder of {} is not there", audit.checkpoint_file),
                      "not-found");
    }
}

void check_listener(SectionReader& section, const ListenSettings& listen) {
    if (!listen.enabled()) {
        return;
    }
    constexpr std::string_view why =
        "a listener for partners always uses TLS with client "
        "certificates; a certificate is who they are";
    section.require("certificate", why);
    section.require("key", why);
    if (listen.trust.empty()) {
        section.require("ca", why);
    }
    check_file(section, "certificate", listen.certificate);
    check_key_file(section, "key", listen.key);
    check_file(section, "ca", listen.ca);
}

void read_trust(SectionReader& section, GroupTrust& trust) {
    section.text("group", trust.group);
    section.path("ca", trust.ca);
    section.require("group", "it names the partners that these authorities speak for");
    section.require("ca", "it holds the roots that their certificates must chain to");
    check_file(section, "ca", trust.ca);
}

// One group, one trust store: with two, either authority could speak for the group.
void check_groups_once(SectionReader& section, const ListenSettings& listen) {
    std::set<std::string> seen;
    for (const GroupTrust& trust : listen.all_trust()) {
        if (!seen.insert(trust.group).second) {
            section.fault("trust",
                          fmt::format("the group {} has two trust stores here; put all its "
                                      "authorities into one file",
                                      trust.group));
        }
    }
}

}  // namespace

void read_partner_listener(SectionReader& section, ListenSettings& listen) {
    section.sections("trust",
                     [&](SectionReader& trust) { read_trust(trust, listen.trust.emplace_back()); });
    read_listener(section, listen);
    check_groups_once(section, listen);
}

void read_listener(SectionReader& section, ListenSettings& listen) {
    section.address("address", listen.address);
    section.path("certificate", listen.certificate);
    section.path("key", listen.key);
    section.path("ca", listen.ca);
    section.text("group", listen.group);
    check_listener(section, listen);
}

namespace {

void read_ops(SectionReader& section, OpsSettings& ops) {
    section.address("address", ops.address);
    if (ops.address && !ops.address->is_loopback()) {
        section.fault("address",
                      "the ops listener has neither TLS nor authentication, so its address must be "
                      "loopback: 127.0.0.1 or [::1]",
                      "security");
    }
}

void read_listeners(SectionReader& section, ListenSections& listen) {
    section.section("mllp", [&](SectionReader& mllp) { read_partner_listener(mllp, listen.mllp); });
    section.section("https",
                    [&](SectionReader& https) { read_partner_listener(https, listen.https); });
    section.section("ops", [&](SectionReader& ops) { read_ops(ops, listen.ops); });
    const bool same = listen.mllp.enabled() && listen.mllp.address == listen.https.address &&
                      listen.mllp.address->port != 0;
    if (same) {
        section.fault("https", "listen.https and listen.mllp have the same address");
    }
}

void read_limits(SectionReader& section, LimitSettings& limits) {
    section.size("body_bytes_max", limits.body_bytes_max, {kib, gib});
    section.size("memory_bytes_max", limits.memory_bytes_max, {mib, 1024 * gib});
    section.size("spill_above", limits.spill_above, {64 * kib, gib});
    section.size("spill_bytes_max", limits.spill_bytes_max, {0, 1024 * gib});
    section.path("spill_folder", limits.spill_folder);
    section.flag("core_dumps", limits.core_dumps);
    section.number("connections_max", limits.connections_max, {1, 1'000'000});
    section.number("connections_per_peer_max", limits.connections_per_peer_max, {1, 1'000'000});
    section.number("nodes_max", limits.nodes_max, {1000, 100'000'000});
    section.number("depth_max", limits.depth_max, {16, 1000});
    section.number("bundle_entries_max", limits.bundle_entries_max, {1, 1'000'000});
    section.duration("handshake", limits.handshake, {100ms, 10min});
    section.duration("head", limits.head, {100ms, 10min});
    section.size("body_rate_min", limits.body_rate_min, {1, gib});
    section.duration("idle", limits.idle, {100ms, 24h});
    section.duration("answer", limits.answer, {100ms, 10min});
    if (limits.memory_bytes_max < limits.body_bytes_max) {
        section.fault("memory_bytes_max",
                      "memory_bytes_max must be at least body_bytes_max, or the largest allowed "
                      "message could never be received");
    }
    std::error_code ignored;
    if (section.has("spill_folder") &&
        !std::filesystem::is_directory(limits.spill_folder, ignored)) {
        section.fault("spill_folder", fmt::format("{} is not a folder", limits.spill_folder),
                      "not-found");
    }
}

void read_ids(SectionReader& section, IdSettings& ids) {
    section.secret("key", ids.key);
    if (!section.has("key")) {
        section.fault("key",
                      "ids.key is missing: it keys the hash that makes resource ids; make one with "
                      "openssl rand -hex 32 > ids.key; chmod 600 ids.key, and refer to it with "
                      "[ids] key = { file = \"ids.key\" }",
                      "required");
    } else if (ids.key.kind == SecretReference::Kind::file) {
        check_key_file(section, "key", ids.key.name);
    }
}

void read_log(SectionReader& section, LogSettings& log) {
    section.word("level", log.level,
                 {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error});
    section.path("file", log.file);
}

// Folders that must be there before anything else can be said about their content.
void read_folder(SectionReader& section, std::string& folder) {
    section.path("folder", folder);
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        section.fault("folder", fmt::format("{} is not a folder", folder), "not-found");
    }
}

}  // namespace

void check_file(SectionReader& section, std::string_view key, const std::string& path) {
    std::error_code ignored;
    if (section.has(key) && !std::filesystem::is_regular_file(path, ignored)) {
        section.fault(key, fmt::format("{} is not a file", path), "not-found");
    }
}

void check_key_file(SectionReader& section, std::string_view key, const std::string& path) {
    if (!section.has(key)) {
        return;
    }
    if (const auto fault = secret_file_fault(path)) {
        section.fault(key, *fault, "security");
    }
}

void read_settings(SectionReader& file, Settings& settings) {
    file.section("gateway", [&](SectionReader& s) { read_gateway(s, settings.gateway); });
    file.section("store", [&](SectionReader& s) { read_store(s, settings.store); });
    file.section("audit", [&](SectionReader& s) { read_audit(s, settings.audit); });
    file.section("listen", [&](SectionReader& s) { read_listeners(s, settings.listen); });
    file.section("limits", [&](SectionReader& s) { read_limits(s, settings.limits); });
    file.section("mappings", [&](SectionReader& s) { read_folder(s, settings.mappings.folder); });
    file.section("profiles", [&](SectionReader& s) { read_folder(s, settings.profiles.folder); });
    file.section("threads", [&](SectionReader& s) {
        s.number("io", settings.threads.io, {1, 64});
        s.number("workers", settings.threads.workers, {0, 256});
    });
    file.section("ids", [&](SectionReader& s) { read_ids(s, settings.ids); });
    file.section("log", [&](SectionReader& s) { read_log(s, settings.log); });
    file.section("alarms", [&](SectionReader& s) { read_alarms(s, settings.alarms); });
    file.finish();
}

}  // namespace gateway
