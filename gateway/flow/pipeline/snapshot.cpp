#include "gateway/flow/pipeline/snapshot.h"

#include <fmt/format.h>

#include "gateway/base/failure.h"
#include "gateway/flow/credentials/audit_key.h"
#include "gateway/flow/credentials/store_keys.h"

namespace gateway {

namespace {

constexpr std::size_t id_key_bytes_min = 32;

void load_id_key(Snapshot& snapshot, Issues& issues) {
    try {
        snapshot.id_key = read_secret(snapshot.settings->ids.key);
    } catch (const Failure& failure) {
        issues.add({.code = "security", .path = "ids.key", .text = failure.internal()});
        return;
    }
    if (snapshot.id_key.size() < id_key_bytes_min) {
        issues.add(
            {.code = "security",
             .path = "ids.key",
             .text = fmt::format("the key of ids needs at least {} bytes: openssl rand -hex 32",
                                 id_key_bytes_min)});
    }
}

std::vector<RouteRuleText> rules_of(const Partner& partner) {
    std::vector<RouteRuleText> rules;
    for (const RouteRule& rule : partner.routes) {
        if (!rule.pass) {  // those are judged by the head alone: care/route/pass.h
            rules.push_back({rule.when, rule.to, rule.reason, partner.file, rule.position});
        }
    }
    return rules;
}

void compile_routes(Snapshot& snapshot, Issues& issues) {
    for (const Partner& partner : snapshot.settings->partners) {
        const std::vector<RouteRuleText> rules = rules_of(partner);
        if (!rules.empty()) {
            snapshot.routers.emplace(
                partner.id, Router(rules, snapshot.engines.names, snapshot.engines.schema, issues));
        }
    }
}

std::string hash_of(const Snapshot& snapshot) {
    // The program is part of it: another version may read and check otherwise.
    std::string parts = PAINBRIDGE_VERSION "\n" + snapshot.settings->hash;
    for (const MapFile& file : snapshot.engines.map_files) {
        parts += to_hex(sha256(file.text));
    }
    parts += snapshot.credentials.hash();
    return to_hex(sha256(parts));
}

}  // namespace

const Partner& Snapshot::partner(std::string_view id) const {
    const Partner* found = settings->partner(id);
    if (found == nullptr) {
        throw Failure(Category::forbidden, "this partner is not known any more",
                      fmt::format("no partner {} in the settings", id));
    }
    return *found;
}

std::shared_ptr<const Snapshot> load_snapshot(const std::string& folder, Issues& issues) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->settings = std::make_shared<const Settings>(load_settings(folder, issues));
    if (issues.has_errors()) {
        return snapshot;  // the folders and keys that the rest needs may be wrong
    }
    snapshot->engines = load_definitions();
    load_maps(snapshot->settings->mappings.folder, snapshot->engines, issues);
    load_id_key(*snapshot, issues);
    snapshot->store_keys = load_store_keys(snapshot->settings->store, issues);
    snapshot->audit_key = load_audit_key(snapshot->settings->audit, issues);
    snapshot->credentials = load_credentials(*snapshot->settings, issues);
    compile_routes(*snapshot, issues);
    snapshot->hash = hash_of(*snapshot);
    return snapshot;
}

}  // namespace gateway
