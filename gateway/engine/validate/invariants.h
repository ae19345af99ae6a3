// Aspect: the invariants of the definitions, as far as they are not the matter of another aspect.
// Each distinct expression is compiled once; one that this build does not understand is counted and
// skipped, never guessed. Compiled invariants are immutable; a run belongs to one walk.
// Spec: R4 conformance-rules.html#constraints, fhirpath.html.
#pragma once

#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/engine/fhirpath/program.h"
#include "gateway/engine/validate/findings.h"
#include "gateway/engine/validate/validator.h"
#include "gateway/format/document/document.h"

namespace gateway {

struct CompiledInvariant {
    const Invariant* invariant = nullptr;
    Program program;
};

using InvariantList = std::span<const CompiledInvariant* const>;

class InvariantPrograms {
public:
    explicit InvariantPrograms(const Schema& schema);

    // The compiled ones of these; the view lives as long as this object.
    InvariantList select(std::span<const Invariant* const> invariants);

    const InvariantCoverage& coverage() const { return coverage_; }

private:
    void compile_one(const Schema& schema, const Invariant& invariant);

    InvariantCoverage coverage_;
    std::unordered_map<const Invariant*, CompiledInvariant> compiled_;
    std::deque<std::vector<const CompiledInvariant*>> lists_;
};

class InvariantRun {
public:
    InvariantRun(const Document& document, Findings& findings);

    void check(NodeId node, TypeId type, InvariantList invariants);

private:
    void check_one(NodeId node, const CompiledInvariant& compiled);

    const Document& document_;
    Findings& findings_;
    EvaluationContext context_;
};

}  // namespace gateway
