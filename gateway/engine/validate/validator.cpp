#include "gateway/engine/validate/validator.h"

#include "gateway/engine/validate/check_program.h"
#include "gateway/engine/validate/findings.h"
#include "gateway/engine/validate/resource_walk.h"

namespace gateway {

Validator::Validator(std::shared_ptr<const Schema> schema)
    : schema_(std::move(schema)), program_(std::make_unique<CheckProgram>(*schema_)) {
}

Validator::~Validator() = default;

Issues Validator::validate(const Document& document, NodeId resource,
                           const ValidateOptions& options) const {
    Findings findings(document, *schema_, options);
    if (options.invariants == InvariantChecks::run) {
        InvariantRun invariants(document, findings);
        ResourceWalk(document, *program_, findings, &invariants).resource(resource);
    } else {
        ResourceWalk(document, *program_, findings, nullptr).resource(resource);
    }
    return findings.take();
}

const InvariantCoverage& Validator::coverage() const {
    return program_->invariants.coverage();
}

}  // namespace gateway
