// The target half of RuleLinker: elements to make and their types.
#include <fmt/format.h>

#include <utility>

#include "gateway/engine/map/link/rule_linker.h"

namespace gateway {

namespace {

std::string text_of_path(const PathReference& path) {
    std::string text = path.context.text;
    for (const Word& step : path.steps) {
        text += '.';
        text += step.text;
    }
    return text;
}

}  // namespace

TargetCode RuleLinker::target(const TargetSyntax& syntax, bool is_copy) {
    TargetCode code;
    code.text = text_of_path(syntax.path);
    StaticType element;
    const bool stands_alone = syntax.path.context.empty();
    const bool linked = stands_alone || target_path(syntax, code, element);
    code.list_mode = syntax.list_mode;
    if (syntax.list_mode == TargetListMode::share) {
        const auto next = static_cast<std::uint32_t>(file_.share_keys.size());
        code.share_key = file_.share_keys.try_emplace(syntax.share_key.text, next).first->second;
    }
    code.transform = transforms_.link(syntax, item_);
    if (linked) {
        check_default_type(syntax, code, is_copy);
    }
    if (!syntax.alias.empty()) {
        const bool is_node = !stands_alone || code.transform.kind == TransformKind::create;
        code.alias =
            scope_.declare(syntax.alias.text, is_node ? VariableMode::target : VariableMode::value,
                           target_type(code, element));
    }
    return code;
}

bool RuleLinker::target_path(const TargetSyntax& syntax, TargetCode& code, StaticType& type) {
    const Word& context = syntax.path.context;
    const Variable* variable = scope_.find_to_write(context.text);
    if (variable == nullptr || variable->mode == VariableMode::source) {
        state_.fault(file_, context.at,
                     fmt::format("there is no target variable `{}` here{}", context.text,
                                 suggestion(context.text, scope_.names())));
        return false;
    }
    code.context = variable->slot;
    type = variable->type;
    for (std::size_t i = 0; i < syntax.path.steps.size(); ++i) {
        const Word& name = syntax.path.steps[i];
        if (!target_step(name, type, code)) {
            return false;
        }
        const bool is_last = i + 1 == syntax.path.steps.size();
        if (!is_last && !check_intermediate(name, code.steps.back())) {
            return false;
        }
    }
    return true;
}

bool RuleLinker::target_step(const Word& name, StaticType& type, TargetCode& code) {
    TargetStepCode step;
    step.name = state_.name_id(name.text);
    step.text = name.text;
    if (type.kind == StructureKind::hl7v2 && !is_hl7v2_name(name.text)) {
        state_.fault(file_, name.at,
                     fmt::format("`{}` is no part of an HL7 v2 message: write a segment or group "
                                 "(PID), f3, c1 or s1",
                                 name.text));
        return false;
    }
    if (type.kind != StructureKind::fhir || type.type == no_type) {
        type = {type.kind, no_type, {}};
        code.steps.push_back(std::move(step));
        return true;
    }
    const Schema& schema = state_.schema();
    const TypeId owner = type.type;
    const bool own_value = schema.type(owner).kind == TypeKind::primitive && name.text == "value";
    if (step.name != unshared_name && !own_value) {
        const ElementMatch exact = schema.element(owner, step.name);
        step.element = exact ? exact.element : schema.element_by_name(owner, step.name);
        step.type = exact.type;
    }
    if (step.element == nullptr && !own_value) {
        const auto known = element_names(schema, owner);
        state_.fault(file_, name.at,
                     fmt::format("{} has no element `{}`{}", schema.type(owner).name, name.text,
                                 suggestion(name.text, known)));
        return false;
    }
    step.owner = owner;
    type = {};
    if (step.type != nullptr) {
        type = {StructureKind::fhir, step.type->type,
                std::string{schema.type(step.type->type).name}};
    }
    code.steps.push_back(std::move(step));
    return true;
}

bool RuleLinker::check_intermediate(const Word& name, const TargetStepCode& step) {
    const bool open = step.element != nullptr &&
                      (step.type == nullptr || state_.schema().type(step.type->type).is_abstract);
    if (open) {
        state_.fault(file_, name.at,
                     fmt::format("`{}` may have several types: make it with create('…') in a "
                                 "target of its own first",
                                 name.text));
    }
    return !open;
}

// What the alias of a target stands for.
StaticType RuleLinker::target_type(const TargetCode& code, const StaticType& element) const {
    const TransformCode& transform = code.transform;
    if (transform.kind == TransformKind::create) {
        const bool known = transform.type != no_type;
        return {known ? StructureKind::fhir : StructureKind::unknown, transform.type,
                transform.type_name};
    }
    if (code.context == no_slot) {
        return {};
    }
    const bool is_abstract =
        element.type != no_type && state_.schema().type(element.type).is_abstract;
    return is_abstract ? StaticType{} : element;
}

// An element that is made without a value needs one type to be made of.
void RuleLinker::check_default_type(const TargetSyntax& syntax, const TargetCode& code,
                                    bool is_copy) {
    if (code.transform.kind != TransformKind::none || code.steps.empty() || is_copy) {
        return;
    }
    const TargetStepCode& last = code.steps.back();
    if (last.element == nullptr) {
        return;
    }
    const Word& name = syntax.path.steps.back();
    const Schema& schema = state_.schema();
    if (last.type == nullptr) {
        std::string types;
        for (const ElementType& type : last.element->types) {
            types += fmt::format("{}{}", types.empty() ? "" : ", ", schema.type(type.type).name);
        }
        state_.fault(file_, name.at,
                     fmt::format("`{}` is a choice: say which type with = create('…'), one of {}",
                                 name.text, types));
    } else if (schema.type(last.type->type).is_abstract) {
        state_.fault(file_, name.at,
                     fmt::format("`{}` may hold any {}: say which with = create('…')", name.text,
                                 schema.type(last.type->type).name));
    }
}

}  // namespace gateway
