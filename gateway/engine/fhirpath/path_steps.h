// The functions that run the steps of the language itself; functions_*.cpp run those of named
// functions. Each puts its result on the stack (path_code.h, StepRun).
#pragma once

#include <string_view>

#include "gateway/engine/fhirpath/evaluator.h"

namespace gateway {

void run_empty(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_literal(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_this(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_index(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_total(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_variable(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_member(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_type_head(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_indexer(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_polarity(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_is(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_as(Evaluator& evaluator, const PathStep& step, const PathScope& scope);

// The step for a binary operator; null if there is no such operator.
StepRun binary_operator(std::string_view symbol);

// Is the value of that type, or of one derived from it?
bool is_of_type(const Evaluator& evaluator, const Value& value, const PathTypeTest& type);

// As `is_of_type`, but a primitive must be of exactly that type: a `code` is no `string` to as()
// and ofType() (the official suite, testInheritance).
bool is_exactly_of_type(const Evaluator& evaluator, const Value& value, const PathTypeTest& type);

// Keeps those of the values from `begin` that are exactly of the type: as() and ofType().
void keep_of_type(Evaluator& evaluator, std::size_t begin, const PathTypeTest& type);

// The children of one node on top of the stack; elements only, without `resourceType`.
void push_children(Evaluator& evaluator, const Value& value);

// The children of that name (a fixed one, as `extension`).
void push_children_named(Evaluator& evaluator, const Value& value, std::string_view name);

}  // namespace gateway
