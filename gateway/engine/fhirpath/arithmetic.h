// Arithmetic on System values (N1 #math). Pure.
#pragma once

#include <optional>

#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/value.h"

namespace gateway {

bool is_number(const Value& value);
bool is_whole_number(const Value& value);  // an Integer or a Long

Decimal128 as_decimal(const Value& number);

// An Integer if it fits in 32 bits, else nothing (N1: overflow is empty).
std::optional<Value> integer_result(std::int64_t value);

// A Long or Integer of `value`, as wide as its operands.
std::optional<Value> whole_result(std::int64_t value, ValueType left, ValueType right);

void run_add(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_subtract(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_multiply(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_divide(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_divide_whole(Evaluator& evaluator, const PathStep& step, const PathScope& scope);
void run_modulo(Evaluator& evaluator, const PathStep& step, const PathScope& scope);

}  // namespace gateway
