#include "gateway/engine/fhirpath/program.h"

#include "gateway/engine/fhirpath/path_code.h"
#include "gateway/engine/fhirpath/path_compiler.h"
#include "gateway/engine/fhirpath/path_steps.h"
#include "gateway/engine/fhirpath/syntax/path_syntax.h"
#include "gateway/engine/fhirpath/type_inference.h"

namespace gateway {
namespace {

// The step as a reader would write it: texts quoted, types named.
std::string written(const PathStep& step) {
    if (step.run == run_empty) {
        return "{}";
    }
    if (step.run == run_literal) {
        const std::string text = text_of(step.literal);
        return step.literal.type() == ValueType::string ? "'" + text + "'" : text;
    }
    const bool names_type = !step.type.name.empty() && step.run != run_type_head;
    return names_type ? step.text + " " + step.type.name : step.text;
}

void explain_step(const PathCode& code, StepId id, std::size_t depth, std::string& text) {
    const PathStep& step = code[id];
    text.append(depth * 2, ' ');
    text += written(step);
    text += ": " + described(code.schema, step.result) + "\n";
    if (step.target != no_step) {
        explain_step(code, step.target, depth + 1, text);
    }
    for (const StepId argument : step.arguments) {
        explain_step(code, argument, depth + 1, text);
    }
}

}  // namespace

Program::Program(std::shared_ptr<const PathCode> code) : code_(std::move(code)) {
}

std::string_view Program::text() const {
    return code_->text;
}

std::string Program::explain() const {
    std::string text;
    explain_step(*code_, code_->root, 0, text);
    return text;
}

Program compile(std::string_view expression, const CompileContext& context) {
    const ParsedExpression parsed = parse_expression(expression, 0);
    if (parsed.end() < expression.size()) {
        throw path_failure(Category::invalid,
                           "the expression ends before this: an operator is missing",
                           std::string(expression), Position{1, 1}, parsed.end());
    }
    return compile(parsed, context);
}

Program compile(const ParsedExpression& expression, const CompileContext& context) {
    return Program(PathCompiler(expression.syntax(), context).compile());
}

}  // namespace gateway
