#include "gateway/flow/pipeline/records.h"

#include <utility>

namespace gateway {

void add_audit(UnitOfWork& unit, const RecordFor& about, AuditAction action,
               std::string_view outcome, std::string_view digest) {
    AuditRecord record;
    record.at = about.at;
    record.action = action;
    record.actor = about.message.sender.partner;
    record.message = about.message.id;
    record.referral = about.referral;
    record.outcome = outcome;
    record.digest = digest;
    unit.add(AddAudit{std::move(record)});
}

void add_trace(UnitOfWork& unit, const RecordFor& about, std::string_view stage, std::string text,
               std::vector<TraceMeasure> measures) {
    TraceEvent event;
    event.message = about.message.id;
    event.referral = about.referral;
    event.at = about.at;
    event.stage = stage;
    event.text = std::move(text);
    event.measures = std::move(measures);
    unit.add(AddTrace{std::move(event)});
}

std::vector<ResourceKey> keys_of(const std::vector<ResourceVersion>& resources) {
    std::vector<ResourceKey> keys;
    keys.reserve(resources.size());
    for (const ResourceVersion& resource : resources) {
        keys.push_back({resource.type, resource.id});
    }
    return keys;
}

}  // namespace gateway
