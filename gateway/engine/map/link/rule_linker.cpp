#include "gateway/engine/map/link/rule_linker.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "gateway/base/text.h"

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

struct LogPrefix {
    std::string_view word;
    LogPurpose purpose;
};

constexpr std::array<LogPrefix, 4> log_prefixes = {{
    {"dropped:", LogPurpose::dropped},
    {"carried:", LogPurpose::carried},
    {"warning:", LogPurpose::warning},
    {"error:", LogPurpose::error},
}};

}  // namespace

void RuleLinker::link(const GroupSyntax& syntax) {
    parameters(syntax);
    base(syntax);
    std::vector<RuleCode> linked = rules(syntax.rules);
    GroupCode& group = state_.code.groups[group_];
    group.rules = std::move(linked);
    group.slots = scope_.slot_count();
}

// The group's own parameters were declared before, for calls from elsewhere; here they get names.
void RuleLinker::parameters(const GroupSyntax& syntax) {
    for (std::size_t i = 0; i < syntax.parameters.size(); ++i) {
        const ParameterSyntax& parameter = syntax.parameters[i];
        StaticType type;
        if (!parameter.type.empty()) {
            type = state_.type_named(file_, parameter.type.text);
        }
        const auto mode =
            parameter.mode == ParameterMode::source ? VariableMode::source : VariableMode::target;
        scope_.declare(parameter.name.text, mode, std::move(type));
    }
}

void RuleLinker::base(const GroupSyntax& syntax) {
    if (syntax.base.empty()) {
        return;
    }
    const GroupId found = find_group(syntax.base);
    if (found == no_group) {
        return;
    }
    GroupCode& group = state_.code.groups[group_];
    const GroupCode& base = state_.code.groups[found];
    if (base.parameters.size() != group.parameters.size()) {
        state_.fault(file_, syntax.base.at,
                     fmt::format("group `{}` has {} parameters, its base `{}` has {}", group.name,
                                 group.parameters.size(), base.name, base.parameters.size()));
        return;
    }
    group.base = found;
}

std::vector<RuleCode> RuleLinker::rules(const std::vector<RuleSyntax>& syntaxes) {
    std::vector<RuleCode> linked;
    linked.reserve(syntaxes.size());
    for (const RuleSyntax& syntax : syntaxes) {
        const std::size_t mark = scope_.mark();
        linked.push_back(rule(syntax));
        scope_.forget_since(mark);
    }
    return linked;
}

RuleCode RuleLinker::rule(const RuleSyntax& syntax) {
    RuleCode code;
    code.id = static_cast<RuleId>(state_.code.rules.size());
    state_.code.rules.push_back({file_.map, group_, syntax.name, file_.lines.at(syntax.at)});
    code.form = syntax.form;
    const StaticType outer = std::exchange(item_, {});
    for (const SourceSyntax& source_syntax : syntax.sources) {
        code.sources.push_back(source(source_syntax));
    }
    for (const TargetSyntax& target_syntax : syntax.targets) {
        code.targets.push_back(target(target_syntax, syntax.form == RuleForm::simple_copy));
    }
    for (const CallSyntax& call_syntax : syntax.dependents) {
        code.calls.push_back(call(call_syntax));
    }
    code.rules = rules(syntax.rules);
    const bool declares_loss = code.sources.front().log_purpose == LogPurpose::dropped ||
                               code.sources.front().log_purpose == LogPurpose::carried;
    if (declares_loss && (!code.targets.empty() || !code.calls.empty() || !code.rules.empty())) {
        state_.fault(file_, syntax.at,
                     "a rule that declares `dropped:` or `carried:` has no target and no `then`: "
                     "write a second rule for what is mapped");
    }
    item_ = outer;
    return code;
}

SourceCode RuleLinker::source(const SourceSyntax& syntax) {
    SourceCode code;
    code.text = text_of_path(syntax.path);
    StaticType item;
    if (auto path = expressions_.path(syntax.path)) {
        code.context = path->slot;
        code.steps = std::move(path->steps);
        item = std::move(path->type);
    }
    narrow(syntax, item, code);
    code.has_cardinality = syntax.has_cardinality;
    code.min = syntax.min;
    code.max = syntax.max;
    code.list_mode = syntax.list_mode;
    code.item = syntax.alias.empty()
                    ? scope_.reserve()
                    : scope_.declare(syntax.alias.text, VariableMode::source, item);
    source_conditions(syntax, item, code);
    if (item_.kind == StructureKind::unknown) {
        item_ = item;
    }
    return code;
}

void RuleLinker::narrow(const SourceSyntax& syntax, StaticType& item, SourceCode& code) {
    if (syntax.type.empty()) {
        return;
    }
    item = state_.type_named(file_, syntax.type.text);
    if (item.type == no_type) {
        state_.fault(
            file_, syntax.type.at,
            fmt::format("`{}` is no FHIR type, and no `uses` declares it", syntax.type.text));
        return;
    }
    code.type = item.type;
}

void RuleLinker::source_conditions(const SourceSyntax& syntax, const StaticType& item,
                                   SourceCode& code) {
    if (syntax.default_value) {
        code.default_value = expressions_.operand(*syntax.default_value);
    }
    if (syntax.where) {
        code.where = expressions_.operand(*syntax.where, item);
    }
    if (syntax.check) {
        code.check = expressions_.operand(*syntax.check, item);
    }
    if (syntax.log) {
        log(syntax, code);
    }
}

void RuleLinker::log(const SourceSyntax& syntax, SourceCode& code) {
    code.log_purpose = LogPurpose::trace;
    code.log = transforms_.operand(*syntax.log);
    if (!code.log || code.log->kind != OperandCode::Kind::literal) {
        return;
    }
    const std::string_view text = code.log->literal.text;
    for (const LogPrefix& prefix : log_prefixes) {
        if (text.starts_with(prefix.word)) {
            code.log_purpose = prefix.purpose;
            code.log_text = trimmed(text.substr(prefix.word.size()));
            if (code.log_text.empty()) {
                state_.fault(file_, syntax.log->at,
                             fmt::format("`{}` needs a reason behind it", prefix.word));
            }
            return;
        }
    }
}

CallCode RuleLinker::call(const CallSyntax& syntax) {
    CallCode code;
    code.group = find_group(syntax.name);
    if (code.group == no_group) {
        return code;
    }
    const GroupCode& group = state_.code.groups[code.group];
    if (group.parameters.size() != syntax.arguments.size()) {
        state_.fault(file_, syntax.name.at,
                     fmt::format("group `{}` takes {} arguments, {} are given", group.name,
                                 group.parameters.size(), syntax.arguments.size()));
        return code;
    }
    for (std::size_t i = 0; i < syntax.arguments.size(); ++i) {
        call_argument(syntax.arguments[i], group.parameters[i], code);
    }
    return code;
}

void RuleLinker::call_argument(const ArgumentSyntax& syntax, const ParameterCode& parameter,
                               CallCode& code) {
    if (parameter.mode == ParameterMode::source) {
        if (auto operand = transforms_.operand(syntax)) {
            code.arguments.push_back(std::move(*operand));
        }
        return;
    }
    const auto* path = std::get_if<PathReference>(&syntax.content);
    const Variable* variable =
        path != nullptr && path->steps.empty() ? scope_.find_to_write(path->context.text) : nullptr;
    if (variable == nullptr || variable->mode == VariableMode::source) {
        state_.fault(
            file_, syntax.at,
            fmt::format("parameter `{}` is a target: give a target variable", parameter.name));
        return;
    }
    check_argument_type(syntax.at, variable->type, parameter);
    OperandCode operand;
    operand.kind = OperandCode::Kind::path;
    operand.slot = variable->slot;
    code.arguments.push_back(std::move(operand));
}

void RuleLinker::check_argument_type(std::size_t at, const StaticType& type,
                                     const ParameterCode& parameter) {
    if (type.type == no_type || parameter.type == no_type) {
        return;
    }
    const Schema& schema = state_.schema();
    if (!schema.is_a(type.type, parameter.type) && !schema.is_a(parameter.type, type.type)) {
        state_.fault(file_, at,
                     fmt::format("parameter `{}` is a {}, a {} is given", parameter.name,
                                 schema.type(parameter.type).name, schema.type(type.type).name));
    }
}

GroupId RuleLinker::find_group(const Word& name) {
    const auto own = file_.groups.find(name.text);
    if (own != file_.groups.end()) {
        return own->second;
    }
    std::vector<std::string> known;
    GroupId found = no_group;
    std::uint32_t found_in = 0;
    for (const std::uint32_t map : file_.imports) {
        for (const auto& [group_name, id] : state_.files[map].groups) {
            known.push_back(group_name);
            if (group_name != name.text) {
                continue;
            }
            if (found != no_group && found != id) {
                state_.fault(
                    file_, name.at,
                    fmt::format("two imported maps have a group `{}`: {} and {}", name.text,
                                state_.code.maps[found_in].url, state_.code.maps[map].url));
            }
            found = id;
            found_in = map;
        }
    }
    if (found == no_group) {
        for (const auto& group : file_.groups) {
            known.push_back(group.first);
        }
        state_.fault(file_, name.at,
                     fmt::format("there is no group `{}` in this map or its imports{}", name.text,
                                 suggestion(name.text, known)));
    }
    return found;
}

}  // namespace gateway
