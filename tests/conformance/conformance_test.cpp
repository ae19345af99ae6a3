// The published suites, run as part of the tests: every case passes but those that contested.md
// names, and what is named there does fail (a list that is longer than the truth hides the next
// fault).
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "gateway/engine/terminology/ucum_table.h"
#include "tests/conformance/fhirpath_suite.h"
#include "tests/conformance/roundtrip_suite.h"
#include "tests/conformance/suite.h"
#include "tests/conformance/ucum_suite.h"
#include "tests/conformance/xml_tree.h"
#include "tests/format/conformance_folder.h"

namespace gateway::conformance {
namespace {

// The rows `| suite | case | … |` of contested.md.
std::set<std::string> contested(const std::string& suite) {
    std::ifstream file(std::string(PAINBRIDGE_ROOT) + "/tests/conformance/contested.md");
    EXPECT_TRUE(file) << "tests/conformance/contested.md is missing";
    std::set<std::string> names;
    const std::string start = "| " + suite + " | ";
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(start)) {
            names.insert(line.substr(start.size(), line.find(" |", start.size()) - start.size()));
        }
    }
    return names;
}

void hold(const std::string& suite, const SuiteReport& report) {
    std::set<std::string> failed;
    for (const Outcome& outcome : report.outcomes()) {
        EXPECT_NE(outcome.verdict, Verdict::skipped) << outcome.name << ": " << outcome.reason;
        if (outcome.verdict == Verdict::failed) {
            failed.insert(outcome.name);
        }
    }
    EXPECT_EQ(failed, contested(suite));
}

TEST(Conformance, FhirPath) {
    const auto folder = conformance_folder("fhirpath");
    if (!folder) {
        GTEST_SKIP() << "the published suites are not here";
    }
    std::ostringstream out;
    SuiteReport report(out);
    run_fhirpath_suite({(*folder / "tests-fhir-r4.xml").string()}, report);
    report.finish();
    EXPECT_GT(report.outcomes().size(), 900U) << out.str();
    hold("fhirpath", report);
}

TEST(Conformance, Ucum) {
    const auto folder = conformance_folder("ucum");
    if (!folder) {
        GTEST_SKIP() << "the published suites are not here";
    }
    std::ostringstream out;
    SuiteReport report(out);
    run_ucum_suite({(*folder / "UcumFunctionalTests.xml").string()}, report);
    report.finish();
    EXPECT_GT(report.outcomes().size(), 500U) << out.str();
    hold("ucum", report);
}

// Every resource of the examples and of the official package, through XML and back.
TEST(Conformance, RoundTrip) {
    const auto folder = conformance_folder("r4");
    if (!folder) {
        GTEST_SKIP() << "the published resources are not here";
    }
    std::ostringstream out;
    SuiteReport report(out);
    run_roundtrip_suite({(*folder / "examples").string()}, report);
    run_roundtrip_suite({(*folder / "hl7.fhir.r4.core-4.0.1.tgz").string()}, report);
    EXPECT_TRUE(report.finish()) << out.str();
    EXPECT_GT(report.outcomes().size(), 4900U);
    for (const Outcome& outcome : report.outcomes()) {
        EXPECT_TRUE(outcome.verdict != Verdict::skipped || outcome.name == "package/package.json")
            << outcome.name << ": " << outcome.reason;
    }
}

std::string one_line(std::string text) {
    const std::size_t begin = text.find_first_not_of(" \n");
    return text.substr(begin, text.find_last_not_of(" \n") + 1 - begin);
}

// `%[slope]` alone differs: UCUM's file gives its function degrees and its text radians, and only
// radians make 100 % a slope of 45 degrees.
void hold_unit(const XmlElement& unit) {
    const std::string code(unit.attribute("Code"));
    const UcumAtom* atom = find_ucum_atom(code);
    ASSERT_NE(atom, nullptr) << code;
    EXPECT_EQ(atom->name, one_line(unit.child("name")->text)) << code;
    EXPECT_EQ(atom->metric == UcumMetric::yes, unit.attribute("isMetric") == "yes") << code;
    EXPECT_EQ(atom->scale == UcumScale::arbitrary, unit.attribute("isArbitrary") == "yes") << code;
    const XmlElement* value = unit.child("value");
    const XmlElement* function = value->child("function");
    EXPECT_EQ(function != nullptr, atom->scale > UcumScale::arbitrary) << code;
    const XmlElement& measure = function == nullptr ? *value : *function;
    EXPECT_EQ(atom->value, measure.attribute("value")) << code;
    EXPECT_EQ(atom->unit, code == "%[slope]" ? "rad" : measure.attribute("Unit")) << code;
}

TEST(Conformance, TheTableIsUcumsOwn) {
    const auto folder = conformance_folder("ucum");
    if (!folder) {
        GTEST_SKIP() << "the published suites are not here";
    }
    const XmlElement table = read_xml((*folder / "ucum-essence.xml").string());
    std::size_t units = 0;
    std::size_t prefixes = 0;
    for (const XmlElement& row : table.children) {
        const std::string code(row.attribute("Code"));
        if (row.name == "unit") {
            hold_unit(row);
        } else if (row.name == "base-unit") {
            ASSERT_NE(find_ucum_atom(code), nullptr) << code;
            EXPECT_EQ(find_ucum_atom(code)->scale, UcumScale::base) << code;
        } else {
            EXPECT_NE(std::ranges::find(ucum_prefixes(), code, &UcumPrefix::code),
                      ucum_prefixes().end())
                << code;
            ++prefixes;
            continue;
        }
        ++units;
    }
    EXPECT_EQ(units, ucum_atoms().size());
    EXPECT_EQ(prefixes, ucum_prefixes().size());
}

}  // namespace
}  // namespace gateway::conformance
