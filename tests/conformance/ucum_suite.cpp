#include "tests/conformance/ucum_suite.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/engine/fhirpath/system/decimal128.h"
#include "gateway/engine/terminology/ucum.h"
#include "tests/conformance/xml_tree.h"

namespace gateway::conformance {
namespace {

// Empty: the case passes.
using Difference = std::string;

// As exact as the expected number is written: 25.2 is an answer to "25", and none to "25.0".
int digits_of(std::string_view number) {
    number = number.substr(0, number.find_first_of("eE"));
    const std::size_t first = number.find_first_not_of("-0.");
    int digits = 0;
    for (const char c : first == std::string_view::npos ? number : number.substr(first)) {
        digits += c == '.' ? 0 : 1;
    }
    return digits;
}

Difference hold(std::string_view expected, const std::optional<std::string>& actual) {
    if (!actual) {
        return "expected " + std::string(expected) + ", got nothing";
    }
    const auto unity = UcumUnit::read("1");
    const int digits = digits_of(expected);
    if (convert(*actual, *unity, *unity, digits) == convert(expected, *unity, *unity, digits)) {
        return {};
    }
    return "expected " + std::string(expected) + ", got " + *actual;
}

std::optional<std::string> converted(std::string_view value, std::string_view from,
                                     std::string_view to) {
    const auto source = UcumUnit::read(from);
    const auto target = UcumUnit::read(to);
    return source && target ? convert(value, *source, *target) : std::nullopt;
}

Difference validate(const XmlElement& test) {
    const auto fault = ucum_fault(test.attribute("unit"));
    if (test.attribute("valid") == "true") {
        return fault ? "it is a unit; refused: " + fault->text : Difference();
    }
    return fault ? Difference() : "it is no unit, and was taken for one";
}

Difference display(const XmlElement& test) {
    const std::string name = ucum_display(test.attribute("unit")).value_or("nothing");
    const std::string_view expected = test.attribute("display");
    return name == expected ? Difference() : "expected " + std::string(expected) + ", got " + name;
}

Difference convert_case(const XmlElement& test) {
    return hold(
        test.attribute("outcome"),
        converted(test.attribute("value"), test.attribute("srcUnit"), test.attribute("dstUnit")));
}

using NumberOperation = std::optional<Decimal128> (*)(const Decimal128&, const Decimal128&);
using UnitOperation = std::string (*)(std::string_view, std::string_view);

// The result may be in any unit that converts to the expected one.
Difference combine(const XmlElement& test, NumberOperation numbers, UnitOperation units) {
    const auto left = Decimal128::parse(test.attribute("v1"));
    const auto right = Decimal128::parse(test.attribute("v2"));
    const auto value = left && right ? numbers(*left, *right) : std::nullopt;
    if (!value) {
        return "the numbers have no result";
    }
    const std::string unit = units(test.attribute("u1"), test.attribute("u2"));
    return hold(test.attribute("vRes"), converted(value->text(), unit, test.attribute("uRes")));
}

Difference multiply_case(const XmlElement& test) {
    return combine(test, multiply, ucum_product);
}

Difference divide_case(const XmlElement& test) {
    return combine(test, divide, ucum_quotient);
}

struct Section {
    std::string_view name;
    Difference (*run)(const XmlElement&);
};

constexpr std::array sections{
    Section{"validation", validate},     Section{"displayNameGeneration", display},
    Section{"conversion", convert_case}, Section{"multiplication", multiply_case},
    Section{"division", divide_case},
};

const Section* find_section(std::string_view name) {
    for (const Section& section : sections) {
        if (section.name == name) {
            return &section;
        }
    }
    return nullptr;
}

}  // namespace

void run_ucum_suite(const SuiteArguments& arguments, SuiteReport& report) {
    const XmlElement tests = read_xml(arguments.path);
    for (const XmlElement& group : tests.children) {
        const Section* section = find_section(group.name);
        for (const XmlElement& test : group.children) {
            if (test.name != "case") {
                continue;
            }
            Outcome outcome;
            outcome.name = group.name + "/" + std::string(test.attribute("id"));
            if (section == nullptr) {
                outcome.verdict = Verdict::skipped;
                outcome.reason = "a kind of case that this program does not know";
            } else {
                outcome.reason = section->run(test);
                outcome.verdict = outcome.reason.empty() ? Verdict::passed : Verdict::failed;
            }
            report.add(std::move(outcome));
        }
    }
}

}  // namespace gateway::conformance
