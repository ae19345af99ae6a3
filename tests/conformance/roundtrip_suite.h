// `roundtrip DIR|PACKAGE.tgz`: every resource there, in FHIR JSON or XML, into the other format and
// back, both ways round. Equal means: names, values, kinds and the order of repeats, numbers by
// their text (JSON's objects are unordered); the second XML equals the first byte for byte.
#pragma once

#include "tests/conformance/suite.h"

namespace gateway::conformance {

void run_roundtrip_suite(const SuiteArguments& arguments, SuiteReport& report);

}  // namespace gateway::conformance
