#include "gateway/engine/fhirpath/literals.h"

#include <limits>

namespace gateway {

namespace {

std::optional<Value> number_literal(const SyntaxNode& node) {
    const auto number = Decimal128::parse(node.text);
    if (!number) {
        return std::nullopt;
    }
    if (node.kind == SyntaxKind::decimal) {
        return Value::of(*number);
    }
    const auto whole = number->to_integer();
    if (!whole) {
        return std::nullopt;
    }
    if (node.kind == SyntaxKind::long_integer) {
        return Value::of_long(*whole);
    }
    if (*whole > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    return Value::of_integer(*whole);
}

std::optional<Value> temporal_literal(const SyntaxNode& node) {
    if (node.kind == SyntaxKind::date) {
        const auto date = parse_date(node.text);
        return date ? std::optional(Value::of_date(*date)) : std::nullopt;
    }
    if (node.kind == SyntaxKind::date_time) {
        const auto time = parse_date_time(node.text);
        return time ? std::optional(Value::of_date_time(*time)) : std::nullopt;
    }
    const auto time = parse_time(node.text);
    return time ? std::optional(Value::of_time(*time)) : std::nullopt;
}

}  // namespace

std::optional<Value> read_literal(const SyntaxNode& node) {
    const bool is_number = node.kind == SyntaxKind::integer || node.kind == SyntaxKind::decimal ||
                           node.kind == SyntaxKind::long_integer;
    return is_number ? number_literal(node) : temporal_literal(node);
}

std::optional<std::string> constant_url(std::string_view name) {
    if (name == "sct") {
        return "http://snomed.info/sct";
    }
    if (name == "loinc") {
        return "http://loinc.org";
    }
    if (name == "ucum") {
        return "http://unitsofmeasure.org";
    }
    if (name.starts_with("vs-")) {
        return "http://hl7.org/fhir/ValueSet/" + std::string(name.substr(3));
    }
    if (name.starts_with("ext-")) {
        return "http://hl7.org/fhir/StructureDefinition/" + std::string(name.substr(4));
    }
    return std::nullopt;
}

}  // namespace gateway
