#include "gateway/flow/message/audit_record.h"

#include <array>
#include <stdexcept>
#include <string>

namespace gateway {

namespace {

constexpr std::array actions = {
    AuditAction::accept, AuditAction::process, AuditAction::route, AuditAction::attempt,
    AuditAction::move,   AuditAction::operate, AuditAction::read,  AuditAction::start,
};

// Names the fields and their order: another set of fields needs another version.
constexpr std::string_view canonical_version = "painbridge-audit-1";

// https://cr.yp.to/proto/netstrings.txt
void append_netstring(std::string& out, std::string_view text) {
    out += std::to_string(text.size());
    out += ':';
    out += text;
    out += ',';
}

}  // namespace

std::string_view to_string(AuditAction action) {
    switch (action) {
        case AuditAction::accept:
            return "accept";
        case AuditAction::process:
            return "process";
        case AuditAction::route:
            return "route";
        case AuditAction::attempt:
            return "attempt";
        case AuditAction::move:
            return "move";
        case AuditAction::operate:
            return "operate";
        case AuditAction::read:
            return "read";
        case AuditAction::start:
            return "start";
    }
    throw std::logic_error("unknown audit action");
}

std::optional<AuditAction> parse_audit_action(std::string_view word) {
    for (const AuditAction action : actions) {
        if (to_string(action) == word) {
            return action;
        }
    }
    return std::nullopt;
}

std::string canonical(const AuditRecord& record) {
    std::string out;
    out.reserve(320);
    out += canonical_version;
    out += '\n';
    append_netstring(out, std::to_string(record.sequence));
    append_netstring(out, std::to_string(record.at.time_since_epoch().count()));
    append_netstring(out, to_string(record.action));
    append_netstring(out, record.actor);
    append_netstring(out, record.message);
    append_netstring(out, record.referral);
    append_netstring(out, record.delivery);
    append_netstring(out, record.outcome);
    append_netstring(out, record.digest);
    return out;
}

Sha256 chained_hash(const Sha256& previous, const AuditRecord& record) {
    std::string bytes(previous.begin(), previous.end());
    bytes += canonical(record);
    return sha256(bytes);
}

}  // namespace gateway
