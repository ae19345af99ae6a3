// Compiles the transforms of targets: their arguments, the types they create, the concept maps they
// translate with.
#pragma once

#include <optional>

#include "gateway/engine/map/link/expression_linker.h"
#include "gateway/engine/map/link/link_state.h"

namespace gateway {

class TransformLinker {
public:
    TransformLinker(LinkState& state, const LinkedFile& file, ExpressionLinker& expressions)
        : state_(state), file_(file), expressions_(expressions) {}

    // What a target is set to; `item` is the focus of an expression.
    TransformCode link(const TargetSyntax& syntax, const StaticType& item);

    // An argument of a transform or a group, transforms within it included.
    std::optional<OperandCode> operand(const ArgumentSyntax& syntax);

private:
    void call(const CallSyntax& call, TransformCode& code);
    void created_type(const CallSyntax& call, TransformCode& code);
    void translation(const CallSyntax& call, TransformCode& code);

    LinkState& state_;
    const LinkedFile& file_;
    ExpressionLinker& expressions_;
};

}  // namespace gateway
