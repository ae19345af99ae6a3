// GET /metrics: what the parts of the gateway count, as Prometheus reads it (docs/operating.md says
// what each figure means). Labels are partner ids and words of closed lists, never what a message
// brought.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/edge/http/health.h"
#include "gateway/flow/alarm/alarms.h"
#include "gateway/flow/deliver/outbox.h"
#include "gateway/flow/pipeline/backlog.h"
#include "gateway/flow/pipeline/lanes.h"
#include "gateway/flow/pipeline/pipeline.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/key_rotation.h"
#include "gateway/flow/store/retention.h"
#include "gateway/net/body_room.h"

namespace gateway {

struct ListenerReading {
    std::string_view name;
    std::size_t connections = 0;
};

struct MetricsParts {
    const Clock& clock;
    const Log& log;
    const Store& store;
    const DiskRoom& disk;
    const BodyRoom& room;
    const Outbox& outbox;
    const Lanes& lanes;
    const Pipeline& pipeline;
    const Backlog& backlog;
    const Health& health;
    const Alarms& alarms;
    const KeyRotation& key_rotation;
    const Retention& retention;
};

// Cheap whatever waits: no part looks into the store for it.
std::string metrics_page(const MetricsParts& parts, const std::vector<ListenerReading>& listeners);

}  // namespace gateway
