// N1 #utility-functions and #types: trace, now, today, timeOfDay, defineVariable, type.
#include <array>

#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/path_steps.h"

namespace gateway {
namespace {

// trace(name, projection): the input passes on unchanged.
void run_trace(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    PathHost* host = evaluator.context().host();
    const auto name = evaluator.text_argument(step, 0, scope);
    if (step.arguments.size() > 1) {
        for (std::size_t item = begin; item < end; ++item) {
            evaluator.run_operand(step.arguments[1],
                                  {item, item + 1, static_cast<std::int64_t>(item - begin),
                                   scope.total_begin, scope.total_end});
        }
    }
    const std::size_t from = step.arguments.size() > 1 ? end : begin;
    if (host != nullptr && name) {
        const Collection traced(evaluator.range(from, evaluator.size()));
        host->trace(*name, traced.values());
    }
    evaluator.drop_to(end);
}

PartialTime now_of(Evaluator& evaluator) {
    return to_partial_time(evaluator.context().now(), evaluator.context().offset_minutes());
}

void run_now(Evaluator& evaluator, const PathStep& /*step*/, const PathScope& /*scope*/) {
    evaluator.push(Value::of_date_time(now_of(evaluator)));
}

void run_today(Evaluator& evaluator, const PathStep& /*step*/, const PathScope& /*scope*/) {
    const PartialTime now = now_of(evaluator);
    PartialTime today;
    today.year = now.year;
    today.month = now.month;
    today.day = now.day;
    today.precision = TimePart::day;
    evaluator.push(Value::of_date(today));
}

void run_time_of_day(Evaluator& evaluator, const PathStep& /*step*/, const PathScope& /*scope*/) {
    PartialTime time = now_of(evaluator);
    time.year = 0;
    time.month = 1;
    time.day = 1;
    time.offset_minutes = 0;
    time.has_offset = false;
    evaluator.push(Value::of_time(time));
}

// defineVariable(name, value): the input passes on; the variable lives to the end of the chain.
void run_define_variable(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    const auto name = evaluator.text_argument(step, 0, scope);
    if (!name) {
        evaluator.fail(step, "defineVariable() needs a name");
    }
    Collection values;
    if (step.arguments.size() > 1) {
        // The value is one expression over the whole input, not one an item.
        evaluator.run_operand(step.arguments[1],
                              {begin, end, scope.index, scope.total_begin, scope.total_end});
        values = evaluator.take_result(end);
    } else {
        values = Collection(evaluator.range(begin, end));
    }
    evaluator.define_variable(step, *name, std::move(values));
}

void push_type(Evaluator& evaluator, const Value& value) {
    const Schema* schema = evaluator.schema();
    if (!value.is_node()) {
        evaluator.push(evaluator.type_value("System", name_of(value.type())));
        return;
    }
    if (schema != nullptr && value.node_type() != no_type) {
        evaluator.push(evaluator.type_value("FHIR", schema->type(value.node_type()).name));
        return;
    }
    const auto system = evaluator.system_value(value);
    evaluator.push(system ? evaluator.type_value("System", name_of(system->type()))
                          : evaluator.type_value("", value.document().name(value.node())));
}

void run_type(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    for (std::size_t item = begin; item < end; ++item) {
        push_type(evaluator, Value(evaluator.at(item)));
    }
    evaluator.keep_above(begin, end);
}

constexpr std::array table{
    PathFunction{"trace", 1, 2, run_trace, ResultType::input, ArgumentUse::last_each},
    PathFunction{"now", 0, 0, run_now, ResultType::date_time},
    PathFunction{"today", 0, 0, run_today, ResultType::date},
    PathFunction{"timeOfDay", 0, 0, run_time_of_day, ResultType::time},
    PathFunction{"defineVariable", 1, 2, run_define_variable, ResultType::input,
                 ArgumentUse::last_each},
    PathFunction{"type", 0, 0, run_type, ResultType::any},
};

}  // namespace

std::span<const PathFunction> utility_functions() {
    return table;
}

}  // namespace gateway
