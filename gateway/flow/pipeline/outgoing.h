// The answer as the referrer's own system reads it: an HL7 v2 message made by a map from the
// performer's Task and the request as it was sent. Pure.
#pragma once

#include <memory>
#include <string>

#include "gateway/flow/pipeline/convert.h"

namespace gateway {

struct AnswerSource {
    std::shared_ptr<const std::string> request;  // the referral's original HL7 v2 bytes
    const Document& answer;                      // a Bundle: the Task, and the ServiceRequest
};

struct OutgoingMessage {
    std::shared_ptr<const std::string> bytes;
    std::string title;       // "RRI^I12"
    std::string control_id;  // MSH-10
};

// The map whose url ends in "/out/RRI_I12". Failure `fault` with issues if the maps cannot make it:
// a Task that came home must not be lost, so the caller quarantines.
OutgoingMessage render_answer(const Engines& engines, const AnswerSource& source,
                              const ConversionContext& context);

// A Bundle (collection) of resources given as FHIR JSON.
Document answer_bundle(const Engines& engines,
                       std::span<const std::shared_ptr<const std::string>> resources);

}  // namespace gateway
