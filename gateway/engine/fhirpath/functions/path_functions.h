// The functions of the language by name: how many arguments, what they are, what comes out, and the
// code that runs them. One table a file (functions_*.cpp), joined here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/engine/fhirpath/path_code.h"

namespace gateway {

// How a function takes its arguments.
enum class ArgumentUse : std::uint8_t {
    value,      // evaluated once, $this being what it is around the call
    each,       // evaluated for every item, $this being the item
    type,       // the name of a type
    last_each,  // the last one (of two) for every item, the first as a value: trace, defineVariable
};

// What its result is, for inference.
enum class ResultType : std::uint8_t {
    any,
    input,     // the type of what it was applied to
    item,      // the same, at most one value
    argument,  // the type of its (last) argument, many
    tested,    // the type that its argument names
    boolean,
    integer,
    long_integer,
    decimal,
    string,
    strings,
    date,
    date_time,
    time,
    quantity,
};

// What it may be applied to, for strict checks.
enum class InputType : std::uint8_t { any, string, ordered };

struct PathFunction {
    std::string_view name;
    std::uint8_t arguments_min;
    std::uint8_t arguments_max;
    StepRun run;
    ResultType result;
    ArgumentUse use = ArgumentUse::value;
    InputType input = InputType::any;
};

// Compiles the literal patterns of matches(), matchesFull() and replaceMatches(). One that is no
// regular expression is left: running it says so.
void prepare_patterns(PathCode& code);

std::span<const PathFunction> existence_functions();
std::span<const PathFunction> collection_functions();
std::span<const PathFunction> iteration_functions();
std::span<const PathFunction> string_functions();
std::span<const PathFunction> codec_functions();
std::span<const PathFunction> conversion_functions();
std::span<const PathFunction> math_functions();
std::span<const PathFunction> boundary_functions();
std::span<const PathFunction> utility_functions();
std::span<const PathFunction> fhir_functions();
std::span<const PathFunction> subsumption_functions();

// Null if there is none.
const PathFunction* find_function(std::string_view name);

// A step that calls a HostFunction.
void run_host_function(Evaluator& evaluator, const PathStep& step, const PathScope& scope);

}  // namespace gateway
