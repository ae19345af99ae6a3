#include "gateway/engine/fhirpath/functions/path_functions.h"

#include <algorithm>
#include <array>

#include "gateway/engine/fhirpath/evaluator.h"

namespace gateway {
namespace {

std::array<std::span<const PathFunction>, 11> tables() {
    return {existence_functions(), collection_functions(), iteration_functions(),
            string_functions(),    codec_functions(),      conversion_functions(),
            math_functions(),      boundary_functions(),   utility_functions(),
            fhir_functions(),      subsumption_functions()};
}

}  // namespace

const PathFunction* find_function(std::string_view name) {
    for (const auto table : tables()) {
        for (const PathFunction& function : table) {
            if (function.name == name) {
                return &function;
            }
        }
    }
    return nullptr;
}

std::vector<std::string> fhirpath_function_names() {
    std::vector<std::string> names;
    for (const auto table : tables()) {
        for (const PathFunction& function : table) {
            names.emplace_back(function.name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

void run_host_function(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    PathHost* host = evaluator.context().host();
    if (host == nullptr) {
        evaluator.fail(step, step.text + "() is a function of the host, and there is no host here");
    }
    const std::size_t begin = evaluator.run_input(step, scope);
    const Collection focus(evaluator.range(begin, evaluator.size()));
    std::vector<Collection> arguments;
    for (const StepId argument : step.arguments) {
        const std::size_t from = evaluator.size();
        evaluator.run_operand(argument, scope);
        arguments.push_back(evaluator.take_result(from));
    }
    const Collection result = host->call(step.text, focus.values(), arguments);
    evaluator.drop_to(begin);
    evaluator.push_values(result.values());
}

}  // namespace gateway
