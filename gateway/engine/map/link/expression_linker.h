// Ties what a map reads (literals, `v.f3.c1`, FHIRPath) to slots and names. Bare names that are
// variables in scope become variables, as R4 maps expect; paths without functions are followed by
// the runner itself, so that the ledger knows the very node.
#pragma once

#include <optional>

#include "gateway/engine/fhirpath/syntax/path_syntax.h"
#include "gateway/engine/map/link/link_state.h"
#include "gateway/engine/map/link/scope.h"

namespace gateway {

// A path into a source and what it leads to.
struct LinkedPath {
    SlotId slot = no_slot;
    std::vector<StepCode> steps;
    StaticType type;
};

class ExpressionLinker {
public:
    ExpressionLinker(LinkState& state, const LinkedFile& file, const Scope& scope)
        : state_(state), file_(file), scope_(scope) {}

    // Nothing after a fault.
    std::optional<LinkedPath> path(const PathReference& reference);

    std::optional<OperandCode> operand(const ArgumentSyntax& argument);
    std::optional<OperandCode> operand(const ParsedExpression& parsed,
                                       const StaticType& focus = {});

    // The focus is not known before it runs: `let`, transforms.
    std::optional<ExpressionCode> expression(const ParsedExpression& parsed,
                                             const StaticType& focus = {});

    // A variable or constant that can be read; reports an unknown one.
    struct Readable {
        SlotId slot = no_slot;
        StaticType type;
    };

    std::optional<Readable> readable(const Word& name);

private:
    std::optional<StepCode> step(StaticType& type, const Word& name);
    std::optional<StepCode> typed_step(StaticType& type, const Word& name, StepCode code);
    void report_unknown_element(const StaticType& type, const Word& name);
    std::optional<Readable> find(std::string_view name) const;
    std::shared_ptr<const PathSyntax> with_variables(const PathSyntax& syntax,
                                                     std::vector<VariableUse>& uses);
    void use_variable(SyntaxNode& node, SlotId slot, std::vector<VariableUse>& uses) const;
    bool check_constant(const PathSyntax& syntax, SyntaxNode& node, std::vector<VariableUse>& uses);
    std::optional<OperandCode> simple_operand(const PathSyntax& syntax);
    std::optional<LiteralSyntax> literal(const SyntaxNode& node) const;

    LinkState& state_;
    const LinkedFile& file_;
    const Scope& scope_;
};

// An element of v2 by the form of its name: f3, c1, s2, PID, PROVIDER_CONTACT.
bool is_hl7v2_name(std::string_view name);

// Names that an element of this type may have in a map: for suggestions.
std::vector<std::string> element_names(const Schema& schema, TypeId type);

// Its children cannot be known before it runs: Resource, DomainResource.
bool is_open_type(const Schema& schema, TypeId type);

}  // namespace gateway
