// Steps 3 to 5 of a message's life: bytes -> document -> FHIR document, checked. Pure: what the
// gateway does with a message and what `painbridge map` shows are the same code.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/engine/map/explain.h"
#include "gateway/engine/map/runner.h"
#include "gateway/flow/pipeline/engines.h"
#include "gateway/flow/pipeline/step_clock.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

// What conversion needs to know of the world: ids, time and who is talking.
struct ConversionContext {
    Instant now{};
    std::string id_key;                 // of the keyed hash that makes ids; at least 32 bytes
    std::string time_zone = "Etc/UTC";  // IANA: of the sender's local times
    std::vector<std::pair<std::string, std::string>> constants;  // see `map_constants`
};

// For the trace.
struct StepTimes {
    StepTime decode;
    StepTime map;
    StepTime validate;
};

// Stays where it was made: the run's inputs are views of its parts.
struct Conversion {
    Conversion(std::shared_ptr<const std::string> bytes, Document decoded, MapResult mapped);
    Conversion(const Conversion&) = delete;
    Conversion& operator=(const Conversion&) = delete;
    Conversion(Conversion&&) = delete;
    Conversion& operator=(Conversion&&) = delete;
    ~Conversion() = default;

    std::shared_ptr<const std::string> original;
    Document source;
    std::vector<MapInput> inputs;
    std::string map_url;
    MapResult result;
    Issues issues;  // of reader, map and validator; with errors nothing may be delivered
    StepTimes times;

    // For `explain` and `ledger_document`.
    RunView view(const MapSet& maps) const;
};

// The map of a message type: the one whose url ends in "/v2/<type>", such as /v2/REF_I12. Nothing
// if this gateway has none.
std::optional<std::string> map_for(const MapSet& maps, std::string_view type);

// "REF_I12": of code and trigger event. MSH-9.3 counts only where there is no event: a change or a
// cancellation (I13, I14) names the same structure and must never open a referral.
std::string message_type(const MessageHead& head);

// Failure `invalid` for bytes that are no HL7 v2 message, `unsupported_media` where no map is for
// it. `map_url` chooses a map by hand; empty: by message type.
std::unique_ptr<Conversion> convert_hl7v2(const Engines& engines,
                                          std::shared_ptr<const std::string> bytes,
                                          const ConversionContext& context,
                                          std::string_view map_url = {});

MapContext make_map_context(const ConversionContext& context);

// HMAC of role and parts as a UUID: the id of a resource (../shared/design.md §4).
std::string stable_id(std::string_view key, std::string_view role,
                      std::span<const std::string_view> parts);

}  // namespace gateway
