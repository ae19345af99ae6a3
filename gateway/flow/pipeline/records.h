// The lines of audit and trace that the steps write, in one place so that all read alike, and the
// keys of the resources.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/flow/message/message.h"
#include "gateway/flow/store/store.h"

namespace gateway {

struct RecordFor {
    const Message& message;
    std::string_view referral = {};
    Instant at{};
};

void add_audit(UnitOfWork& unit, const RecordFor& about, AuditAction action,
               std::string_view outcome, std::string_view digest = {});

void add_trace(UnitOfWork& unit, const RecordFor& about, std::string_view stage, std::string text,
               std::vector<TraceMeasure> measures = {});

// Views of them.
std::vector<ResourceKey> keys_of(const std::vector<ResourceVersion>& resources);

}  // namespace gateway
