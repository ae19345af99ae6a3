// Compiles the groups of one file: sources, targets, transforms and calls. Every fault is reported
// and the rest goes on, so that one run shows all of them.
#pragma once

#include <optional>

#include "gateway/engine/map/link/expression_linker.h"
#include "gateway/engine/map/link/link_state.h"
#include "gateway/engine/map/link/scope.h"
#include "gateway/engine/map/link/transform_linker.h"

namespace gateway {

class RuleLinker {
public:
    RuleLinker(LinkState& state, LinkedFile& file, GroupId group)
        : state_(state),
          file_(file),
          group_(group),
          expressions_(state, file, scope_),
          transforms_(state, file, expressions_) {}

    void link(const GroupSyntax& syntax);

private:
    void parameters(const GroupSyntax& syntax);
    void base(const GroupSyntax& syntax);
    std::vector<RuleCode> rules(const std::vector<RuleSyntax>& syntaxes);
    RuleCode rule(const RuleSyntax& syntax);

    SourceCode source(const SourceSyntax& syntax);
    void source_conditions(const SourceSyntax& syntax, const StaticType& item, SourceCode& code);
    void log(const SourceSyntax& syntax, SourceCode& code);
    void narrow(const SourceSyntax& syntax, StaticType& item, SourceCode& code);

    TargetCode target(const TargetSyntax& syntax, bool is_copy);
    bool target_path(const TargetSyntax& syntax, TargetCode& code, StaticType& type);
    bool target_step(const Word& name, StaticType& type, TargetCode& code);
    bool check_intermediate(const Word& name, const TargetStepCode& step);
    void check_default_type(const TargetSyntax& syntax, const TargetCode& code, bool is_copy);
    StaticType target_type(const TargetCode& code, const StaticType& element) const;

    CallCode call(const CallSyntax& syntax);
    void call_argument(const ArgumentSyntax& syntax, const ParameterCode& parameter,
                       CallCode& code);
    void check_argument_type(std::size_t at, const StaticType& type,
                             const ParameterCode& parameter);
    GroupId find_group(const Word& name);

    LinkState& state_;
    LinkedFile& file_;
    GroupId group_;
    Scope scope_;
    ExpressionLinker expressions_;
    TransformLinker transforms_;
    StaticType item_;  // of the rule's first source: the focus of its expressions
};

}  // namespace gateway
