// A patient, the shipped schema, and expressions with the results that the specification gives
// them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/format/json/reader.h"

namespace gateway::fhirpath_test {

// An expression and its results, each as `Type:text`; a FHIR node's type is FHIR's.
struct Case {
    std::string expression;
    std::vector<std::string> results;
};

class PathTest : public testing::Test {
protected:
    PathTest();

    // The Patient of `patient_json`.
    Document& patient() { return patient_; }

    Document read(std::string_view json) const;

    Program compiled(std::string_view expression, PathChecks checks = PathChecks::lenient) const;

    // The results over the patient.
    std::vector<std::string> results(std::string_view expression);

    std::vector<std::string> shown(const Collection& values) const;

    // The one issue of a Failure in compiling or running, or a test failure.
    Issue fault(std::string_view expression, PathChecks checks = PathChecks::lenient);

    void expect(const std::vector<Case>& cases);

    std::shared_ptr<const NameTable> names_;
    std::shared_ptr<const Schema> schema_;
    Document patient_;
    EvaluationContext context_;
};

}  // namespace gateway::fhirpath_test
