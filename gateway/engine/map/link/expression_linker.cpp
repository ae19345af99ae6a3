#include "gateway/engine/map/link/expression_linker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

constexpr std::array<std::string_view, 6> standard_constants = {
    "context", "resource", "rootResource", "ucum", "sct", "loinc"};

bool is_standard_constant(std::string_view name) {
    return std::ranges::find(standard_constants, name) != standard_constants.end() ||
           name.starts_with("vs-") || name.starts_with("ext-");
}

bool takes_type_names(const SyntaxNode& node) {
    return node.kind == SyntaxKind::function &&
           (node.text == "is" || node.text == "as" || node.text == "ofType");
}

}  // namespace

bool is_hl7v2_name(std::string_view name) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (name.size() >= 2 && (name[0] == 'f' || name[0] == 'c' || name[0] == 's')) {
        return name[1] != '0' && std::ranges::all_of(name.substr(1), is_digit) && name.size() <= 4;
    }
    const auto fits = [&](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; };
    return name.size() >= 2 && name[0] >= 'A' && name[0] <= 'Z' && std::ranges::all_of(name, fits);
}

std::vector<std::string> element_names(const Schema& schema, TypeId type) {
    std::vector<std::string> names;
    for (const Element& element : schema.type(type).elements) {
        names.emplace_back(schema.names().text(element.name));
    }
    return names;
}

bool is_open_type(const Schema& schema, TypeId type) {
    return schema.type(type).is_abstract;
}

std::optional<ExpressionLinker::Readable> ExpressionLinker::find(std::string_view name) const {
    const bool marked = name.starts_with('%');
    const std::string plain{marked ? name.substr(1) : name};
    if (const Variable* variable = scope_.find_to_read(plain)) {
        return Readable{variable->slot, variable->type};
    }
    const auto constant = file_.constants.find(plain);
    if (constant != file_.constants.end()) {
        return Readable{constant->second, {}};
    }
    return std::nullopt;
}

std::optional<ExpressionLinker::Readable> ExpressionLinker::readable(const Word& name) {
    auto found = find(name.text);
    if (!found) {
        std::vector<std::string> known = scope_.names();
        for (const auto& constant : file_.constants) {
            known.push_back(constant.first);
        }
        state_.fault(file_, name.at,
                     fmt::format("there is no variable or constant `{}` here{}", name.text,
                                 suggestion(name.text, known)));
    }
    return found;
}

std::optional<LinkedPath> ExpressionLinker::path(const PathReference& reference) {
    const auto start = readable(reference.context);
    if (!start) {
        return std::nullopt;
    }
    LinkedPath path{start->slot, {}, start->type};
    for (const Word& name : reference.steps) {
        auto code = step(path.type, name);
        if (!code) {
            return std::nullopt;
        }
        path.steps.push_back(std::move(*code));
    }
    return path;
}

std::optional<StepCode> ExpressionLinker::step(StaticType& type, const Word& name) {
    StepCode code;
    code.name = state_.name_id(name.text);
    code.text = name.text;
    code.first_part = name.text == "c1" || name.text == "s1";
    code.own_value = name.text == "value";
    if (type.kind == StructureKind::hl7v2) {
        if (!is_hl7v2_name(name.text)) {
            state_.fault(file_, name.at,
                         fmt::format("`{}` is no part of an HL7 v2 message: write a segment or "
                                     "group (PID), f3, c1 or s1",
                                     name.text));
            return std::nullopt;
        }
        return code;
    }
    if (code.name != unshared_name) {
        code.choice = state_.schema().choice_names(code.name);
    }
    if (type.kind == StructureKind::fhir && type.type != no_type) {
        return typed_step(type, name, std::move(code));
    }
    type = {type.kind, no_type, {}};
    return code;
}

std::optional<StepCode> ExpressionLinker::typed_step(StaticType& type, const Word& name,
                                                     StepCode code) {
    const Schema& schema = state_.schema();
    const Type& owner = schema.type(type.type);
    if (owner.kind == TypeKind::primitive && code.own_value) {
        return code;
    }
    const ElementMatch exact =
        code.name == unshared_name ? ElementMatch{} : schema.element(type.type, code.name);
    const Element* element = exact.element;
    if (element == nullptr && code.name != unshared_name) {
        element = schema.element_by_name(type.type, code.name);
    }
    if (element == nullptr) {
        if (!owner.is_abstract) {
            report_unknown_element(type, name);
            return std::nullopt;
        }
        type = {};
        return code;
    }
    const bool one_type = exact || element->types.size() == 1;
    const TypeId next = exact ? exact.type->type : element->types.front().type;
    if (!one_type || schema.type(next).is_abstract) {
        type = {};
    } else {
        type = {StructureKind::fhir, next, std::string{schema.type(next).name}};
    }
    return code;
}

void ExpressionLinker::report_unknown_element(const StaticType& type, const Word& name) {
    const auto known = element_names(state_.schema(), type.type);
    state_.fault(file_, name.at,
                 fmt::format("{} has no element `{}`{}", state_.schema().type(type.type).name,
                             name.text, suggestion(name.text, known)));
}

std::optional<OperandCode> ExpressionLinker::operand(const ArgumentSyntax& argument) {
    if (const auto* constant = std::get_if<LiteralSyntax>(&argument.content)) {
        OperandCode code;
        code.literal = *constant;
        return code;
    }
    if (const auto* expression = std::get_if<ParsedExpression>(&argument.content)) {
        return operand(*expression);
    }
    auto linked = path(std::get<PathReference>(argument.content));
    if (!linked) {
        return std::nullopt;
    }
    OperandCode code;
    code.kind = OperandCode::Kind::path;
    code.slot = linked->slot;
    code.steps = std::move(linked->steps);
    return code;
}

std::optional<OperandCode> ExpressionLinker::operand(const ParsedExpression& parsed,
                                                     const StaticType& focus) {
    if (auto simple = simple_operand(parsed.syntax())) {
        return simple;
    }
    auto compiled = expression(parsed, focus);
    if (!compiled) {
        return std::nullopt;
    }
    OperandCode code;
    code.kind = OperandCode::Kind::expression;
    code.expression = std::move(compiled);
    return code;
}

// A literal, or a chain of names from a variable.
std::optional<OperandCode> ExpressionLinker::simple_operand(const PathSyntax& syntax) {
    OperandCode code;
    if (auto constant = literal(syntax[syntax.root])) {
        code.literal = std::move(*constant);
        return code;
    }
    std::vector<Word> steps;
    SyntaxId at = syntax.root;
    while (syntax[at].kind == SyntaxKind::member && syntax[at].target != no_syntax) {
        steps.push_back({syntax[at].text, 0});
        at = syntax[at].target;
    }
    const SyntaxNode& first = syntax[at];
    if (first.kind != SyntaxKind::member && first.kind != SyntaxKind::constant) {
        return std::nullopt;
    }
    const auto start = find(first.text);
    if (!start) {
        return std::nullopt;
    }
    code.kind = OperandCode::Kind::path;
    code.slot = start->slot;
    // FHIRPath is lenient about names, so no fault can come from here: types are left out.
    StaticType unknown{
        start->type.kind == StructureKind::hl7v2 ? StructureKind::other : start->type.kind,
        no_type,
        {}};
    for (auto word = steps.rbegin(); word != steps.rend(); ++word) {
        auto linked = step(unknown, *word);
        if (!linked) {
            return std::nullopt;
        }
        code.steps.push_back(std::move(*linked));
    }
    return code;
}

std::optional<LiteralSyntax> ExpressionLinker::literal(const SyntaxNode& node) const {
    using Kind = LiteralSyntax::Kind;
    switch (node.kind) {
        case SyntaxKind::string:
            return LiteralSyntax{Kind::string, node.text};
        case SyntaxKind::integer:
            return LiteralSyntax{Kind::integer, node.text};
        case SyntaxKind::decimal:
            return LiteralSyntax{Kind::decimal, node.text};
        case SyntaxKind::boolean:
            return LiteralSyntax{Kind::boolean, node.text};
        default:
            return std::nullopt;
    }
}

std::optional<ExpressionCode> ExpressionLinker::expression(const ParsedExpression& parsed,
                                                           const StaticType& focus) {
    std::vector<VariableUse> uses;
    const auto syntax = with_variables(parsed.syntax(), uses);
    if (syntax == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const VariableUse& use : uses) {
        names.push_back(use.name);
    }
    CompileContext context{*state_.context.names};
    context.variables = names;
    context.schema = &state_.schema();
    if (focus.type != no_type) {
        context.focus_type = state_.schema().type(focus.type).name;
    }
    try {
        return ExpressionCode{compile(ParsedExpression{syntax}, context), std::move(uses)};
    } catch (const Failure& fault) {
        for (Issue issue : fault.issues()) {
            issue.source = file_.file->name;
            state_.issues.add(std::move(issue));
        }
        return std::nullopt;
    }
}

// Null after a fault.
std::shared_ptr<const PathSyntax> ExpressionLinker::with_variables(const PathSyntax& syntax,
                                                                   std::vector<VariableUse>& uses) {
    auto changed = std::make_shared<PathSyntax>(syntax);
    std::vector<bool> is_type_name(syntax.nodes.size(), false);
    for (const SyntaxNode& node : syntax.nodes) {
        if (takes_type_names(node)) {
            for (const SyntaxId argument : node.arguments) {
                is_type_name[argument] = true;
            }
        }
    }
    for (std::size_t i = 0; i < changed->nodes.size(); ++i) {
        SyntaxNode& node = changed->nodes[i];
        if (node.kind == SyntaxKind::constant) {
            if (!check_constant(syntax, node, uses)) {
                return nullptr;
            }
            continue;
        }
        const bool starts = node.kind == SyntaxKind::member && node.target == no_syntax;
        if (!starts || is_type_name[i]) {
            continue;
        }
        if (const auto variable = find(node.text)) {
            use_variable(node, variable->slot, uses);
        }
    }
    return changed;
}

// A constant that is a text stands there itself: a pattern is then compiled once.
void ExpressionLinker::use_variable(SyntaxNode& node, SlotId slot,
                                    std::vector<VariableUse>& uses) const {
    if ((slot & constant_bit) != 0) {
        const auto& value = state_.code.constants[slot ^ std::size_t{constant_bit}].value;
        if (value && value->kind == OperandCode::Kind::literal &&
            value->literal.kind == LiteralSyntax::Kind::string) {
            node.kind = SyntaxKind::string;
            node.text = value->literal.text;
            return;
        }
    }
    node.kind = SyntaxKind::constant;
    const bool known = std::ranges::find(uses, node.text, &VariableUse::name) != uses.end();
    if (!known) {
        uses.push_back({node.text, slot});
    }
}

bool ExpressionLinker::check_constant(const PathSyntax& syntax, SyntaxNode& node,
                                      std::vector<VariableUse>& uses) {
    const auto variable = find(node.text);
    if (variable) {
        use_variable(node, variable->slot, uses);
        return true;
    }
    if (is_standard_constant(node.text)) {
        return true;
    }
    std::vector<std::string> known = scope_.names();
    for (const auto& constant : file_.constants) {
        known.push_back(constant.first);
    }
    Issue issue;
    issue.code = "invalid";
    issue.text = fmt::format("there is no variable or constant `%{}` here{}", node.text,
                             suggestion(node.text, known));
    issue.source = file_.file->name;
    issue.position = position_in_text(syntax.source, syntax.start, node.offset);
    state_.issues.add(std::move(issue));
    return false;
}

}  // namespace gateway
