// Is a resource sound FHIR R4? One walk over the document runs every aspect (names, shape,
// cardinality, primitive formats, codes, references, narrative, Bundle rules, invariants) and
// gathers issues; nothing is thrown for a fault in the data.
// An issue says what is wrong and the fix, where (FHIRPath with indexes, `value.ofType(Quantity)`
// for a choice), the line and column in the original, and the source field where the document was
// mapped. Codes are those that HL7's validator uses: structure (unknown, missing, too many),
// invalid (format), code-invalid (not in a required value set), invariant, …
// Texts never quote a value. Immutable after construction: one validator serves all threads.
// Spec: R4 validation.html, json.html, datatypes.html.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/format/document/document.h"

namespace gateway {

// Where a node of a mapped document came from: "PID-7.1" and its place in the message.
struct SourceField {
    std::string field;
    Position position;
};

enum class InvariantChecks { run, skip };

struct ValidateOptions {
    // The bytes that the document's source ranges point into; empty: positions come from
    // `source_of` only.
    std::string_view original = {};
    // For mapped documents; may be empty, and may answer an empty field.
    std::function<SourceField(NodeId)> source_of = {};
    InvariantChecks invariants = InvariantChecks::run;
    // After so many issues the walk stops with a last one that says so.
    std::size_t issues_max = 500;
};

// How many of the definitions' invariants this build answers, for `painbridge check` and tests.
struct InvariantCoverage {
    std::size_t native = 0;    // by an aspect of its own
    std::size_t compiled = 0;  // by FHIRPath
    std::size_t skipped = 0;   // not understood by this build
    std::vector<std::string> skipped_keys;
};

struct CheckProgram;  // check_program.h

class Validator {
public:
    explicit Validator(std::shared_ptr<const Schema> schema);
    ~Validator();
    Validator(const Validator&) = delete;
    Validator& operator=(const Validator&) = delete;
    Validator(Validator&&) = delete;
    Validator& operator=(Validator&&) = delete;

    // `resource` is a node with a `resourceType`: the root, or an entry's resource.
    Issues validate(const Document& document, NodeId resource,
                    const ValidateOptions& options = {}) const;

    const InvariantCoverage& coverage() const;

private:
    std::shared_ptr<const Schema> schema_;
    std::unique_ptr<const CheckProgram> program_;
};

}  // namespace gateway
