// The functions that FHIR adds (R4 fhirpath.html#functions).
#include <array>

#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/node_types.h"
#include "gateway/engine/fhirpath/path_steps.h"

namespace gateway {
namespace {

std::string_view url_of(const Value& extension) {
    return extension.is_node() ? extension.document().child_value(extension.node(), "url")
                               : std::string_view{};
}

// extension(url): short for extension.where(url = …).
void run_extension(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    const auto url = evaluator.text_argument(step, 0, scope);
    if (!url) {
        evaluator.drop_to(begin);
        return;
    }
    for (std::size_t item = begin; item < end; ++item) {
        push_children_named(evaluator, Value(evaluator.at(item)), "extension");
    }
    std::size_t kept = end;
    const std::size_t top = evaluator.size();
    for (std::size_t index = end; index < top; ++index) {
        const Value extension = evaluator.at(index);
        if (url_of(extension) == *url) {
            evaluator.at(kept++) = extension;
        }
    }
    evaluator.drop_to(kept);
    evaluator.keep_above(begin, end);
}

// The text to resolve: of a Reference its `reference`, else the value itself.
std::string_view reference_text(Evaluator& evaluator, const Value& value) {
    if (const auto text = evaluator.string_value(value)) {
        return *text;
    }
    if (!value.is_node()) {
        return {};
    }
    return value.document().child_value(value.node(), "reference");
}

void run_resolve(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    PathHost* host = evaluator.context().host();
    for (std::size_t item = begin; item < end && host != nullptr; ++item) {
        const Value value = evaluator.at(item);
        const std::string_view reference = reference_text(evaluator, value);
        if (reference.empty()) {
            continue;
        }
        const auto found = host->resolve(reference, value);
        if (found) {
            evaluator.push(with_type(evaluator.schema(), *found));
        }
    }
    evaluator.keep_above(begin, end);
}

using Question = std::optional<bool> (PathHost::*)(const Value&, std::string_view);

// memberOf(url) and conformsTo(url): the host knows, or nobody does.
template <Question question>
void run_question(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single(step, begin);
    const auto url = evaluator.text_argument(step, 0, scope);
    evaluator.drop_to(begin);
    if (!value || !url) {
        return;
    }
    PathHost* host = evaluator.context().host();
    const auto answer = host == nullptr ? std::nullopt : (host->*question)(*value, *url);
    if (!answer) {
        evaluator.fail(step, step.text + "() cannot be answered here: '" + std::string(*url) +
                                 "' is not known");
    }
    evaluator.push(*answer);
}

// slice(structure, name): those of the input that are in the slice.
void run_slice(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    const auto structure = evaluator.text_argument(step, 0, scope);
    const auto name = evaluator.text_argument(step, 1, scope);
    if (!structure || !name) {
        evaluator.drop_to(begin);
        return;
    }
    PathHost* host = evaluator.context().host();
    std::size_t kept = begin;
    for (std::size_t item = begin; item < end; ++item) {
        const Value value = evaluator.at(item);
        const auto answer =
            host == nullptr ? std::nullopt : host->in_slice(value, *structure, *name);
        if (!answer) {
            evaluator.fail(step, "slice() cannot be answered here: '" + std::string(*structure) +
                                     "' is not known, or has no slice '" + std::string(*name) +
                                     "'");
        }
        if (*answer) {
            evaluator.at(kept++) = value;
        }
    }
    evaluator.drop_to(kept);
}

// checkModifiers(url, …): the input, if it has no modifier extensions but these; else a fault.
void run_check_modifiers(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    for (const StepId argument : step.arguments) {
        evaluator.run_operand(argument, scope);
    }
    const std::size_t middle = evaluator.size();
    for (std::size_t item = begin; item < end; ++item) {
        push_children_named(evaluator, Value(evaluator.at(item)), "modifierExtension");
    }
    for (std::size_t index = middle; index < evaluator.size(); ++index) {
        const std::string_view url = url_of(evaluator.at(index));
        bool expected = false;
        for (std::size_t allowed = end; allowed < middle && !expected; ++allowed) {
            expected = evaluator.string_value(evaluator.at(allowed)) == url;
        }
        if (!expected) {
            evaluator.fail(step,
                           "there is a modifier extension that checkModifiers() does not name");
        }
    }
    evaluator.drop_to(end);
}

// htmlChecks(): the checks themselves are the validator's; here the narrative's outer form.
void run_html_checks(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single(step, begin);
    if (!value) {
        return;
    }
    const auto text = evaluator.string_value(*value);
    const bool is_div = text && text->starts_with("<div") && text->ends_with("</div>");
    evaluator.replace(begin, is_div);
}

constexpr auto boolean = ResultType::boolean;

constexpr std::array table{
    PathFunction{"extension", 1, 1, run_extension, ResultType::any},
    PathFunction{"resolve", 0, 0, run_resolve, ResultType::any},
    PathFunction{"memberOf", 1, 1, run_question<&PathHost::member_of>, boolean},
    PathFunction{"conformsTo", 1, 1, run_question<&PathHost::conforms_to>, boolean},
    PathFunction{"slice", 2, 2, run_slice, ResultType::input},
    PathFunction{"checkModifiers", 0, 255, run_check_modifiers, ResultType::input},
    PathFunction{"htmlChecks", 0, 0, run_html_checks, boolean},
};

}  // namespace

std::span<const PathFunction> fhir_functions() {
    return table;
}

}  // namespace gateway
