#include "gateway/engine/map/link/transform_linker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/engine/map/transform_names.h"

namespace gateway {

namespace {

const LiteralSyntax* literal_argument(const CallSyntax& call, std::size_t index) {
    return index < call.arguments.size()
               ? std::get_if<LiteralSyntax>(&call.arguments[index].content)
               : nullptr;
}

}  // namespace

TransformCode TransformLinker::link(const TargetSyntax& syntax, const StaticType& item) {
    TransformCode out;
    const auto argument = [&](std::optional<OperandCode> operand) {
        if (operand) {
            out.arguments.push_back(std::move(*operand));
        }
    };
    if (const auto* constant = std::get_if<LiteralSyntax>(&syntax.transform)) {
        out.kind = TransformKind::copy;
        argument(operand(ArgumentSyntax{syntax.at, *constant}));
    } else if (const auto* from = std::get_if<PathReference>(&syntax.transform)) {
        out.kind = TransformKind::copy;
        argument(operand(ArgumentSyntax{from->context.at, *from}));
    } else if (const auto* parsed = std::get_if<ParsedExpression>(&syntax.transform)) {
        out.kind = TransformKind::evaluate;
        argument(expressions_.operand(*parsed, item));
    } else if (const auto* made = std::get_if<CallSyntax>(&syntax.transform)) {
        call(*made, out);
    }
    return out;
}

std::optional<OperandCode> TransformLinker::operand(const ArgumentSyntax& syntax) {
    const auto* nested = std::get_if<CallSyntax>(&syntax.content);
    if (nested == nullptr) {
        return expressions_.operand(syntax);
    }
    auto code = std::make_shared<TransformCode>();
    call(*nested, *code);
    if (builds_object(*code) || code->kind == TransformKind::create) {
        state_.fault(file_, nested->name.at,
                     fmt::format("{}() makes an object: give it a target of its own and pass its "
                                 "variable",
                                 nested->name.text));
        return std::nullopt;
    }
    OperandCode out;
    out.kind = OperandCode::Kind::transform;
    out.transform = std::move(code);
    return out;
}

void TransformLinker::call(const CallSyntax& call, TransformCode& code) {
    const TransformName* known = find_transform(call.name.text);
    if (known == nullptr) {
        state_.fault(file_, call.name.at,
                     fmt::format("there is no transform `{}`{}", call.name.text,
                                 suggestion(call.name.text, transform_names())));
        return;
    }
    if (call.arguments.size() < known->arguments_min ||
        call.arguments.size() > known->arguments_max) {
        state_.fault(
            file_, call.name.at,
            fmt::format("{}() takes {} to {} arguments, {} are given", known->name,
                        known->arguments_min, known->arguments_max, call.arguments.size()));
        return;
    }
    code.kind = known->kind;
    if (!known->type.empty()) {
        code.type = state_.schema().find_type(known->type);
    }
    for (const ArgumentSyntax& argument : call.arguments) {
        if (auto linked = operand(argument)) {
            code.arguments.push_back(std::move(*linked));
        }
    }
    if (known->kind == TransformKind::create || known->kind == TransformKind::cast) {
        created_type(call, code);
    } else if (known->kind == TransformKind::translate) {
        translation(call, code);
    }
}

// create('Patient'), cast(x, 'string'): the type must be known now.
void TransformLinker::created_type(const CallSyntax& call, TransformCode& code) {
    const std::size_t index = code.kind == TransformKind::create ? 0 : 1;
    if (call.arguments.size() <= index) {
        // Without a type: what the element has by default, or the value as it is.
        code.kind = index == 0 ? TransformKind::none : TransformKind::copy;
        return;
    }
    const LiteralSyntax* name = literal_argument(call, index);
    if (name == nullptr) {
        state_.fault(file_, call.arguments[index].at,
                     "the type must be written as a text: 'Patient'");
        return;
    }
    const StaticType type = state_.type_named(file_, name->text);
    if (type.kind == StructureKind::unknown) {
        state_.fault(file_, call.arguments[index].at,
                     fmt::format("`{}` is no FHIR type, and no `uses` declares it", name->text));
        return;
    }
    if (type.type != no_type && state_.schema().type(type.type).is_abstract && index == 0) {
        state_.fault(file_, call.arguments[index].at,
                     fmt::format("`{}` is abstract: create one of its concrete types", name->text));
    }
    code.type = type.type;
    code.type_name = type.name;
    code.arguments.resize(std::min(code.arguments.size(), index));
}

void TransformLinker::translation(const CallSyntax& call, TransformCode& code) {
    constexpr std::array<std::pair<std::string_view, TranslateOutput>, 5> outputs = {{
        {"code", TranslateOutput::code},
        {"Coding", TranslateOutput::coding},
        {"CodeableConcept", TranslateOutput::codeable_concept},
        {"system", TranslateOutput::system},
        {"display", TranslateOutput::display},
    }};
    const LiteralSyntax* url = literal_argument(call, 1);
    const LiteralSyntax* wanted = literal_argument(call, 2);
    if (url == nullptr || (call.arguments.size() == 3 && wanted == nullptr)) {
        state_.fault(file_, call.name.at,
                     "translate() needs the url of the concept map and the wanted form as texts");
        return;
    }
    const std::string name = url->text.starts_with('#') ? url->text.substr(1) : url->text;
    std::vector<std::string> known;
    for (const auto& table : state_.code.concept_maps) {
        known.push_back(table->url());
        if (table->url() == name) {
            code.concept_map = table.get();
        }
    }
    if (code.concept_map == nullptr) {
        state_.fault(
            file_, call.arguments[1].at,
            fmt::format("there is no concept map `{}`{}", url->text, suggestion(name, known)));
    }
    const auto* const output =
        wanted == nullptr ? outputs.begin()
                          : std::ranges::find(outputs, wanted->text,
                                              &std::pair<std::string_view, TranslateOutput>::first);
    if (output == outputs.end()) {
        state_.fault(file_, call.arguments[2].at,
                     "translate() gives 'code', 'Coding', 'CodeableConcept', 'system' or "
                     "'display'");
        return;
    }
    code.output = output->second;
    code.arguments.resize(1);
}

}  // namespace gateway
