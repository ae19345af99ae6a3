// UCUM's functional tests: which codes are units, names for people, conversion, products,
// quotients.
#pragma once

#include "tests/conformance/suite.h"

namespace gateway::conformance {

// `arguments.path`: UcumFunctionalTests.xml.
void run_ucum_suite(const SuiteArguments& arguments, SuiteReport& report);

}  // namespace gateway::conformance
