// Runs a linked map over documents. Faults in the data are issues of the result, never exceptions:
// each names the source field and its place, and the mapping goes on. Pure: time, ids and zones are
// values of the context. One run on one thread; runs share the MapSet.
// https://hl7.org/fhir/R4/mapping-language.html, and README.md for what this dialect adds
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/issue.h"
#include "gateway/engine/map/ledger.h"
#include "gateway/engine/map/map_set.h"
#include "gateway/engine/map/map_trace.h"
#include "gateway/format/document/document.h"

namespace gateway {

struct MapLimits {
    std::uint64_t steps = 1'000'000;  // rules run and items visited
    std::uint32_t depth = 100;        // of group calls
    std::size_t nodes = 1'000'000;    // made in the target
    std::size_t issues = 1000;        // more are counted, not kept
};

// One input. `original` is what its source ranges point into; without it issues have no positions.
struct MapInput {
    const Document& document;
    std::string_view original = {};
};

// `"PID-5[1].1"` of a node: format/hl7v2's field_path, or Document::path for FHIR.
using NodePath = std::function<std::string(const Document&, NodeId)>;

struct MapContext {
    Instant now{};
    // The id text for a role and the parts of a business key: HMAC → uuid. Without it `stableId`
    // is an issue.
    std::function<std::string(std::string_view role, std::span<const std::string_view> parts)>
        stable_id = {};
    // For `uuid()`; without it that is an issue.
    std::function<std::string()> uuid = {};
    // Offset from UTC of a local time of the sender; nothing: unknown.
    std::function<std::optional<std::chrono::minutes>(std::chrono::local_seconds)> zone_offset = {};
    // Texts for `%name`; the names must be in LinkContext::constants.
    std::vector<std::pair<std::string, std::string>> constants = {};
    // How issues name a place in the source.
    NodePath source_path = {};
    MapLimits limits = {};
};

// What a `log(…)` of a map said. May hold a person's data: for `explain`, never for a log file.
struct MapLogLine {
    RuleId rule = no_rule;
    std::string text;
};

struct MapResult {
    explicit MapResult(Document made) : target(std::move(made)) {}

    Document target;
    Issues issues;
    std::vector<Ledger> ledgers;  // one an input document, in their order
    MapTrace trace;
    std::vector<MapLogLine> log;
};

// Throws Failure(not_found) if the set has no such map, std::logic_error if the number of inputs
// is not that of the entry group's sources.
MapResult run_map(const MapSet& maps, std::string_view map_url, std::span<const MapInput> inputs,
                  const MapContext& context);

}  // namespace gateway
