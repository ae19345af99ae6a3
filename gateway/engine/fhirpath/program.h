// FHIRPath expressions, parsed, resolved and checked once; a Program is immutable and shared by all
// threads. Faults in an expression are thrown as Failure(invalid) with one Issue: position (line
// and column within the text that was given), what was found and expected, the nearest known word.
// https://hl7.org/fhirpath/N1/ and R4 fhirpath.html
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/format/document/name_table.h"

namespace gateway {

class Schema;
struct PathSyntax;  // syntax/path_syntax.h
struct PathCode;    // path_code.h

// lenient: an element that the schema does not know is empty, a choice may be called by its name in
// JSON (`valueString`, as published maps do), and as() filters several values (R4's own dom-3 needs
// it). strict: these are faults, as are all steps that the types show to be wrong (R4
// fhirpath.html; needs a Schema and `focus_type`).
enum class PathChecks { lenient, strict };

// Which strings an expression may hold: FML texts of before R5 also write "…" for '…'.
enum class PathQuotes { single, single_or_double };

// A function that the embedder adds: `name(…)` with so many arguments.
struct HostFunction {
    std::string name;
    std::size_t arguments_min = 0;
    std::size_t arguments_max = 0;
};

struct CompileContext {
    const NameTable& names;  // must outlive the program
    const Schema* schema = nullptr;
    // Names for `%name` beyond those of the specification; any name passes while this is empty.
    // EvaluationContext::bind gives them their values by their place here.
    std::span<const std::string> variables = {};
    std::span<const HostFunction> functions = {};
    PathChecks checks = PathChecks::lenient;
    // The type of the focus ("Patient", "Bundle.entry"); empty: unknown.
    std::string_view focus_type = {};
};

// An expression that has been read but not yet tied to names: what a map's parser keeps.
class ParsedExpression {
public:
    explicit ParsedExpression(std::shared_ptr<const PathSyntax> syntax);

    // The first byte of the text after the expression and the space that follows it.
    std::size_t end() const;

    // The expression as written.
    std::string_view text() const;

    // The parts that `and` joins at its top, in order; the expression itself if there is no `and`.
    std::vector<ParsedExpression> conjuncts() const;

    const PathSyntax& syntax() const { return *syntax_; }

    const std::shared_ptr<const PathSyntax>& shared() const { return syntax_; }

private:
    std::shared_ptr<const PathSyntax> syntax_;
};

// Reads the longest expression that starts at `offset`; what follows (`)`, `,`, `->`, …) is the
// caller's. Positions in faults count from the start of `text`.
ParsedExpression parse_expression(std::string_view text, std::size_t offset,
                                  PathQuotes quotes = PathQuotes::single);

class Program {
public:
    explicit Program(std::shared_ptr<const PathCode> code);

    // The expression as written.
    std::string_view text() const;

    // The tree of steps, one a line, with inferred types: for `--explain`.
    std::string explain() const;

    const PathCode& code() const { return *code_; }

private:
    std::shared_ptr<const PathCode> code_;
};

// The whole of `expression` must be one expression.
Program compile(std::string_view expression, const CompileContext& context);
Program compile(const ParsedExpression& expression, const CompileContext& context);

// The name, arguments and result of every function the language has: for documentation and tests.
std::vector<std::string> fhirpath_function_names();

}  // namespace gateway
