// From an expression as written to steps that run: names become numbers, functions and types are
// found, literals are read, and what the types show to be wrong is said at once. Lives for one
// compilation; recursion is bounded by the depth that the parser allows.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/path_code.h"
#include "gateway/engine/fhirpath/program.h"
#include "gateway/engine/fhirpath/syntax/path_syntax.h"

namespace gateway {

class PathCompiler {
public:
    PathCompiler(const PathSyntax& syntax, const CompileContext& context);

    std::shared_ptr<const PathCode> compile();

private:
    // `focus` is the type of $this.
    StepId step(SyntaxId id, const PathType& focus);

    StepId literal(const SyntaxNode& node);
    StepId quantity(const SyntaxNode& node);
    StepId constant(const SyntaxNode& node);
    StepId scope_variable(const SyntaxNode& node, const PathType& focus);
    StepId member(const SyntaxNode& node, const PathType& focus);
    bool type_head(const SyntaxNode& node, PathStep& step, const PathType& focus);
    void element(const SyntaxNode& node, PathStep& step, const PathType& input);
    StepId indexer(const SyntaxNode& node, const PathType& focus);
    StepId polarity(const SyntaxNode& node, const PathType& focus);
    StepId binary(const SyntaxNode& node, const PathType& focus);
    StepId type_operator(const SyntaxNode& node, const PathType& focus);

    StepId function(const SyntaxNode& node, const PathType& focus);
    StepId host_function(const SyntaxNode& node, const HostFunction& function,
                         const PathType& focus);
    void arguments(const SyntaxNode& node, const PathFunction& function, PathStep& step,
                   const PathType& focus);
    void sort_key(SyntaxId argument, PathStep& step, const PathType& item);
    PathTypeTest type_argument(SyntaxId argument);
    PathTypeTest type_test(const SyntaxNode& at, std::string_view name);
    std::string type_name(SyntaxId argument);

    // Strict checks.
    void check_function(const SyntaxNode& node, const PathFunction& function, const PathStep& step,
                        const PathType& input);
    void check_iif(const SyntaxNode& node, const PathStep& step);
    void check_arithmetic(const SyntaxNode& node, const PathType& left, const PathType& right);

    PathType input_type(const PathStep& step, const PathType& focus) const;
    StepId add(PathStep step);
    PathStep step_for(const SyntaxNode& node, StepRun run) const;
    StepId literal_step(const SyntaxNode& node, const Value& value);
    Value text_literal(std::string text);

    bool is_strict() const { return context_.checks == PathChecks::strict; }

    const Schema* schema() const { return context_.schema; }

    [[noreturn]] void fail(const SyntaxNode& node, std::string text) const;
    [[noreturn]] void fail_unknown_function(const SyntaxNode& node) const;
    [[noreturn]] void fail_unknown_element(const SyntaxNode& node, const PathType& input) const;

    const PathSyntax& syntax_;
    const CompileContext& context_;
    std::shared_ptr<PathCode> code_;
    std::vector<std::string> defined_;  // by defineVariable()
};

}  // namespace gateway
