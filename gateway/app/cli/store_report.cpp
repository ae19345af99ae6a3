#include "gateway/app/cli/store_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string_view>

namespace gateway {

namespace {

constexpr double mib = 1U << 20U;

Document new_document() {
    return Document(std::make_shared<const NameTable>());
}

void put(Document& document, NodeId parent, std::string_view name, std::string_view value) {
    document.set_value(document.append(parent, name), ValueKind::string, value);
}

void put(Document& document, NodeId parent, std::string_view name, std::uint64_t value) {
    document.set_value(document.append(parent, name), ValueKind::number, std::to_string(value));
}

void put_flag(Document& document, NodeId parent, std::string_view name, bool value) {
    document.set_value(document.append(parent, name), ValueKind::boolean, value ? "true" : "false");
}

void put_mark(Document& document, NodeId parent, const StoreMark& mark) {
    put(document, parent, "schema", static_cast<std::uint64_t>(mark.schema));
    put(document, parent, "messages", mark.messages);
    put(document, parent, "changes", mark.changes);
    put(document, parent, "auditRecords", mark.audit_records);
    put(document, parent, "auditLast", to_hex(mark.audit_last));
}

std::string mark_text(const StoreMark& mark) {
    return fmt::format(
        "  schema version  {}\n  last message    {}\n  last change     {}\n"
        "  audit           {} records, the last has the hash {}\n",
        mark.schema, mark.messages, mark.changes, mark.audit_records, to_hex(mark.audit_last));
}

std::string counts_text(const StoreCounts& counts) {
    return fmt::format(
        "  {} messages, {} answers, {} deliveries ({} not delivered), {} versions of resources, "
        "{} artefacts\n",
        counts.messages, counts.answers, counts.deliveries, counts.unfinished, counts.resources,
        counts.artefacts);
}

void put_counts(Document& document, NodeId parent, const StoreCounts& counts) {
    put(document, parent, "answers", counts.answers);
    put(document, parent, "deliveries", counts.deliveries);
    put(document, parent, "undelivered", counts.unfinished);
    put(document, parent, "resourceVersions", counts.resources);
    put(document, parent, "artefacts", counts.artefacts);
    put(document, parent, "payloadsOpened", counts.payloads_opened);
    put(document, parent, "payloadsDestroyed", counts.payloads_destroyed);
}

// All that the ring has and all that the store needs.
std::vector<MasterKeyUse> all_keys(std::vector<MasterKeyUse> uses, const KeyRing& keys) {
    for (const std::string& id : keys.ids()) {
        if (std::ranges::find(uses, id, &MasterKeyUse::id) == uses.end()) {
            uses.push_back({id, 0});
        }
    }
    return uses;
}

std::string_view standing_of(const MasterKeyUse& use, const KeyRing& keys) {
    if (use.id == keys.current()) {
        return "current";
    }
    if (!keys.has(use.id)) {
        return "missing";
    }
    return use.data_keys > 0 ? "needed" : "unused";
}

void put_keys(Document& document, const std::vector<MasterKeyUse>& uses, const KeyRing& keys) {
    for (const MasterKeyUse& use : all_keys(uses, keys)) {
        const NodeId node = document.append(document.root(), "masterKey");
        document.set_repeats(node, true);
        put(document, node, "id", use.id);
        put(document, node, "dataKeys", use.data_keys);
        put(document, node, "standing", standing_of(use, keys));
    }
}

}  // namespace

void print_backup(const std::string& file, const BackupManifest& manifest, std::ostream& out) {
    out << fmt::format("backup: {}, {:.1f} MiB, made {}\n", file,
                       static_cast<double>(manifest.bytes) / mib, manifest.made)
        << mark_text(manifest.mark) << "manifest: " << manifest_file(file)
        << "; keep the two together\n"
           "keys: the payloads are encrypted, and the keys of [store] are NOT in the backup: keep "
           "them, apart from it; without them it cannot be read\n";
}

Document backup_document(const std::string& file, const BackupManifest& manifest) {
    Document document = new_document();
    const NodeId root = document.root();
    put(document, root, "file", file);
    put(document, root, "manifest", manifest_file(file));
    put(document, root, "made", manifest.made);
    put(document, root, "bytes", manifest.bytes);
    put(document, root, "sha256", to_hex(manifest.digest));
    put_mark(document, root, manifest.mark);
    put_flag(document, root, "keysIncluded", false);
    return document;
}

void print_restored(const Restored& restored, const std::string& path, std::ostream& out) {
    const StoreReport& report = restored.report;
    out << "restored: " << path;
    if (restored.manifest) {
        out << ", as of " << restored.manifest->made;
    }
    out << '\n' << mark_text(report.mark) << counts_text(report.counts);
    if (!restored.set_aside.empty()) {
        out << "the former store is now " << restored.set_aside
            << ": what was accepted after the backup is only there\n";
    }
    if (report.counts.unfinished > 0) {
        out << fmt::format(
            "deliveries: {} are not delivered as of the backup and go out at the next start; those "
            "that went out since then go out again, with the same ids\n",
            report.counts.unfinished);
    }
    if (restored.signed_later) {
        out << fmt::format(
            "audit: a checkpoint of {} signed {} records, this store has {}: the others are gone. "
            "Move the file of checkpoints aside and keep it, as it tells what was lost; else the "
            "gateway signs no more\n",
            restored.signed_later->at, restored.signed_later->records,
            report.mark.audit_records + 1);
    }
}

Document restored_document(const Restored& restored, const std::string& path) {
    Document document = new_document();
    const NodeId root = document.root();
    put(document, root, "store", path);
    if (restored.manifest) {
        put(document, root, "made", restored.manifest->made);
    }
    put_mark(document, root, restored.report.mark);
    put_counts(document, root, restored.report.counts);
    if (!restored.set_aside.empty()) {
        put(document, root, "setAside", restored.set_aside);
    }
    if (restored.signed_later) {
        const NodeId later = document.append(root, "checkpointOfMore");
        put(document, later, "at", restored.signed_later->at);
        put(document, later, "records", restored.signed_later->records);
    }
    return document;
}

std::optional<std::string> StoreVerdict::fault() const {
    if (report.fault) {
        return report.fault;
    }
    return audit && audit->finding ? std::optional(audit->finding->text) : std::nullopt;
}

void print_verdict(const StoreVerdict& verdict, const KeyRing& keys, std::ostream& out) {
    if (const auto fault = verdict.fault()) {
        out << "store: " << *fault << '\n';
        return;
    }
    const StoreCounts& counts = verdict.report.counts;
    out << fmt::format("store: all sound; {} payloads opened, {} destroyed by retention\n",
                       counts.payloads_opened, counts.payloads_destroyed)
        << mark_text(verdict.report.mark) << counts_text(verdict.report.counts);
    print_keys(verdict.report.keys, keys, out);
}

Document verdict_document(const StoreVerdict& verdict, const KeyRing& keys) {
    Document document = new_document();
    const NodeId root = document.root();
    const auto fault = verdict.fault();
    put_flag(document, root, "sound", !fault);
    if (fault) {
        put(document, root, "fault", *fault);
    }
    put_mark(document, root, verdict.report.mark);
    put_counts(document, root, verdict.report.counts);
    put_keys(document, verdict.report.keys, keys);
    return document;
}

void print_keys(const std::vector<MasterKeyUse>& uses, const KeyRing& keys, std::ostream& out) {
    for (const MasterKeyUse& use : all_keys(uses, keys)) {
        out << fmt::format("master key {}: {:>9} data keys  {}\n", use.id, use.data_keys,
                           standing_of(use, keys));
    }
}

Document keys_document(const std::vector<MasterKeyUse>& uses, const KeyRing& keys) {
    Document document = new_document();
    put_keys(document, uses, keys);
    return document;
}

}  // namespace gateway
