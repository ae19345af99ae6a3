// The official FHIRPath suites (tests-fhir-r4.xml and its siblings), run as published: strict
// checks, results compared by type and text.
#pragma once

#include "tests/conformance/suite.h"

namespace gateway::conformance {

void run_fhirpath_suite(const SuiteArguments& arguments, SuiteReport& report);

}  // namespace gateway::conformance
