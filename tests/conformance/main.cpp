// painbridge-conformance SUITE PATH [--inputs DIR] [--report FILE.json]: published suites in their
// published form. Exit 0: no case failed; 1: some did; 2: it could not run.
#include <array>
#include <exception>
#include <fstream>
#include <iostream>
#include <string_view>
#include <vector>

#include "tests/conformance/fhirpath_suite.h"
#include "tests/conformance/roundtrip_suite.h"
#include "tests/conformance/suite.h"
#include "tests/conformance/ucum_suite.h"

namespace gateway::conformance {
namespace {

struct Suite {
    std::string_view name;
    void (*run)(const SuiteArguments&, SuiteReport&);
};

constexpr std::array suites{Suite{"fhirpath", run_fhirpath_suite},
                            Suite{"roundtrip", run_roundtrip_suite}, Suite{"ucum", run_ucum_suite}};

int usage() {
    std::cerr << "example: painbridge-conformance fhirpath tests-fhir-r4.xml --inputs input\n"
                 "         painbridge-conformance roundtrip hl7.fhir.r4.core-4.0.1.tgz\n"
                 "usage: painbridge-conformance SUITE PATH [--inputs DIR] [--report FILE.json]\n"
                 "suites:";
    for (const Suite& suite : suites) {
        std::cerr << ' ' << suite.name;
    }
    std::cerr << '\n';
    return 2;
}

int run(const std::vector<std::string>& words) {
    SuiteArguments arguments;
    std::string report_file;
    if (words.size() < 2 || words.size() % 2 != 0) {
        return usage();
    }
    arguments.path = words[1];
    for (std::size_t index = 2; index < words.size(); index += 2) {
        if (words[index] == "--inputs") {
            arguments.inputs = words[index + 1];
        } else if (words[index] == "--report") {
            report_file = words[index + 1];
        } else {
            return usage();
        }
    }
    for (const Suite& suite : suites) {
        if (suite.name != words[0]) {
            continue;
        }
        SuiteReport report(std::cout);
        suite.run(arguments, report);
        if (!report_file.empty()) {
            std::ofstream(report_file) << report.json();
        }
        return report.finish() ? 0 : 1;
    }
    return usage();
}

}  // namespace
}  // namespace gateway::conformance

int main(int argc, char** argv) {
    try {
        return gateway::conformance::run({argv + 1, argv + argc});
    } catch (const std::exception& fault) {
        std::cerr << "painbridge-conformance: " << fault.what() << '\n';
        return 2;
    }
}
