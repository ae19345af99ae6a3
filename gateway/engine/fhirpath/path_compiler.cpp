#include "gateway/engine/fhirpath/path_compiler.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "gateway/base/text.h"
#include "gateway/engine/fhirpath/literals.h"
#include "gateway/engine/fhirpath/path_steps.h"
#include "gateway/engine/fhirpath/system/quantity.h"
#include "gateway/engine/fhirpath/type_inference.h"

namespace gateway {
namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
    const auto nearest = nearest_word(word, known);
    return nearest ? "; did you mean '" + *nearest + "'?" : std::string{};
}

std::optional<ValueType> system_type_named(std::string_view name) {
    for (const ValueType type : {ValueType::boolean, ValueType::integer, ValueType::long_integer,
                                 ValueType::decimal, ValueType::string, ValueType::date,
                                 ValueType::date_time, ValueType::time, ValueType::quantity}) {
        if (name_of(type) == name) {
            return type;
        }
    }
    return std::nullopt;
}

bool starts_upper(std::string_view text) {
    return !text.empty() && text.front() >= 'A' && text.front() <= 'Z';
}

bool is_built_in(std::string_view name) {
    return name == "context" || name == "resource" || name == "rootResource";
}

PathType single_of(PathType type) {
    type.single = true;
    return type;
}

std::string counted(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

std::string arity_text(std::size_t least, std::size_t most) {
    if (least == most) {
        return counted(least);
    }
    if (most >= 255) {
        return "at least " + counted(least);
    }
    return std::to_string(least) + " to " + counted(most);
}

}  // namespace

PathCompiler::PathCompiler(const PathSyntax& syntax, const CompileContext& context)
    : syntax_(syntax), context_(context), code_(std::make_shared<PathCode>()) {
}

std::shared_ptr<const PathCode> PathCompiler::compile() {
    code_->source = syntax_.source;
    const SyntaxNode& root = syntax_[syntax_.root];
    code_->text = syntax_.source.substr(root.begin, root.end - root.begin);
    code_->start = syntax_.start;
    code_->names = &context_.names;
    code_->schema = context_.schema;
    for (const SyntaxNode& node : syntax_.nodes) {
        const bool defines = node.kind == SyntaxKind::function && node.text == "defineVariable" &&
                             !node.arguments.empty() &&
                             syntax_[node.arguments[0]].kind == SyntaxKind::string;
        if (defines) {
            defined_.push_back(syntax_[node.arguments[0]].text);
        }
    }
    PathType focus = any_type();
    if (schema() != nullptr && !context_.focus_type.empty()) {
        const TypeId type = schema()->find_type(context_.focus_type);
        if (type != no_type) {
            focus = node_type(type, true);
        }
    }
    code_->root = step(syntax_.root, focus);
    prepare_patterns(*code_);
    return code_;
}

StepId PathCompiler::step(SyntaxId id, const PathType& focus) {
    const SyntaxNode& node = syntax_[id];
    switch (node.kind) {
        case SyntaxKind::empty: {
            PathStep step = step_for(node, run_empty);
            step.result.kind = PathType::Kind::empty;
            return add(std::move(step));
        }
        case SyntaxKind::boolean:
        case SyntaxKind::string:
        case SyntaxKind::integer:
        case SyntaxKind::long_integer:
        case SyntaxKind::decimal:
        case SyntaxKind::date:
        case SyntaxKind::date_time:
        case SyntaxKind::time:
            return literal(node);
        case SyntaxKind::quantity:
            return quantity(node);
        case SyntaxKind::constant:
            return constant(node);
        case SyntaxKind::this_item:
        case SyntaxKind::this_index:
        case SyntaxKind::total:
            return scope_variable(node, focus);
        case SyntaxKind::member:
            return member(node, focus);
        case SyntaxKind::function:
            return function(node, focus);
        case SyntaxKind::indexer:
            return indexer(node, focus);
        case SyntaxKind::polarity:
            return polarity(node, focus);
        case SyntaxKind::binary:
            return binary(node, focus);
        case SyntaxKind::type_test:
            return type_operator(node, focus);
    }
    fail(node, "this part of the expression is not understood");
}

StepId PathCompiler::literal(const SyntaxNode& node) {
    if (node.kind == SyntaxKind::string) {
        return literal_step(node, text_literal(node.text));
    }
    if (node.kind == SyntaxKind::boolean) {
        return literal_step(node, Value::of(node.text == "true"));
    }
    const auto value = read_literal(node);
    if (value) {
        return literal_step(node, *value);
    }
    if (node.kind == SyntaxKind::integer) {
        fail(node,
             "this number is too large for an Integer: write it with L for a Long, "
             "or with a fraction (.0) for a Decimal");
    }
    fail(node, "'" + node.text + "' is out of the range of its type");
}

StepId PathCompiler::quantity(const SyntaxNode& node) {
    const auto number = Decimal128::parse(node.text);
    if (!number) {
        fail(node, "'" + node.text + "' has more than 38 digits");
    }
    code_->texts.push_back(node.unit);
    const std::string_view unit =
        node.calendar ? *calendar_unit(node.unit) : std::string_view{code_->texts.back()};
    code_->quantities.push_back({*number, unit, node.calendar});
    return literal_step(node, Value::of(&code_->quantities.back()));
}

StepId PathCompiler::constant(const SyntaxNode& node) {
    if (const auto url = constant_url(node.text)) {
        return literal_step(node, text_literal(*url));
    }
    const auto listed = std::find(context_.variables.begin(), context_.variables.end(), node.text);
    const bool is_listed = listed != context_.variables.end();
    const bool known = is_listed || is_built_in(node.text) || context_.variables.empty() ||
                       std::find(defined_.begin(), defined_.end(), node.text) != defined_.end();
    if (!known) {
        std::vector<std::string> names(context_.variables.begin(), context_.variables.end());
        names.insert(names.end(), defined_.begin(), defined_.end());
        for (const char* built_in :
             {"context", "resource", "rootResource", "ucum", "sct", "loinc"}) {
            names.emplace_back(built_in);
        }
        fail(node, "there is no variable %" + node.text + did_you_mean(node.text, names));
    }
    PathStep step = step_for(node, run_variable);
    if (is_listed) {
        step.variable = static_cast<std::uint32_t>(listed - context_.variables.begin());
    }
    return add(std::move(step));
}

StepId PathCompiler::scope_variable(const SyntaxNode& node, const PathType& focus) {
    if (node.kind == SyntaxKind::this_item) {
        PathStep step = step_for(node, run_this);
        step.result = focus;
        return add(std::move(step));
    }
    const bool is_index = node.kind == SyntaxKind::this_index;
    PathStep step = step_for(node, is_index ? run_index : run_total);
    if (is_index) {
        step.result = system_type(ValueType::integer);
    }
    return add(std::move(step));
}

StepId PathCompiler::member(const SyntaxNode& node, const PathType& focus) {
    PathStep result = step_for(node, run_member);
    if (const auto name = context_.names.find(node.text)) {
        result.name = *name;
    }
    if (schema() != nullptr && result.name != no_name) {
        result.choices = schema()->choice_names(result.name);
    }
    if (node.target == no_syntax && type_head(node, result, focus)) {
        return add(std::move(result));
    }
    if (node.target != no_syntax) {
        result.target = step(node.target, focus);
    }
    element(node, result, input_type(result, focus));
    return add(std::move(result));
}

// `Patient.name`: the first identifier may be the type of the focus.
bool PathCompiler::type_head(const SyntaxNode& node, PathStep& step, const PathType& focus) {
    if (!starts_upper(node.text)) {
        return false;
    }
    const TypeId type = schema() == nullptr ? no_type : schema()->find_type(node.text);
    step.type.name = node.text;
    step.type.fhir = type;
    step.type.by_resource_name = schema() == nullptr;
    step.run = run_type_head;
    if (type == no_type) {
        return true;
    }
    const auto fits = [&](TypeId candidate) {
        return schema()->is_a(candidate, type) || schema()->is_a(type, candidate);
    };
    if (focus.kind == PathType::Kind::node) {
        const bool possible = std::any_of(focus.nodes.begin(), focus.nodes.end(), fits);
        if (!possible && is_strict()) {
            fail(node, "the expression is for " + node.text + ", but it is applied to " +
                           described(schema(), focus));
        }
        step.result = possible ? focus : PathType{PathType::Kind::empty};
        return true;
    }
    step.result = node_type(type, focus.single);
    return true;
}

void PathCompiler::element(const SyntaxNode& node, PathStep& step, const PathType& input) {
    MemberType member = member_type(schema(), input, step.name);
    if (!member.known && is_strict()) {
        fail_unknown_element(node, input);
    }
    step.result = member.known ? std::move(member.type) : any_type();
    const bool one_type = input.kind == PathType::Kind::node && input.nodes.size() == 1;
    if (!one_type || schema() == nullptr) {
        return;
    }
    step.known_input = input.nodes.front();
    const Element* element =
        step.name == no_name ? nullptr : schema()->element_by_name(step.known_input, step.name);
    if (element == nullptr) {
        return;
    }
    for (const ElementType& type : element->types) {
        step.known_children.push_back({type.json_name, type.type});
    }
}

StepId PathCompiler::indexer(const SyntaxNode& node, const PathType& focus) {
    PathStep result = step_for(node, run_indexer);
    result.target = step(node.target, focus);
    result.arguments.push_back(step(node.arguments[0], focus));
    result.result = single_of((*code_)[result.target].result);
    return add(std::move(result));
}

StepId PathCompiler::polarity(const SyntaxNode& node, const PathType& focus) {
    const SyntaxNode& operand = syntax_[node.arguments[0]];
    const bool is_number = operand.kind == SyntaxKind::integer ||
                           operand.kind == SyntaxKind::decimal ||
                           operand.kind == SyntaxKind::quantity;
    if (is_number && node.text == "-") {
        SyntaxNode negative = operand;
        negative.text = "-" + operand.text;
        return negative.kind == SyntaxKind::quantity ? quantity(negative) : literal(negative);
    }
    PathStep result = step_for(node, run_polarity);
    result.arguments.push_back(step(node.arguments[0], focus));
    result.result = single_of((*code_)[result.arguments[0]].result);
    return add(std::move(result));
}

StepId PathCompiler::binary(const SyntaxNode& node, const PathType& focus) {
    PathStep result = step_for(node, binary_operator(node.text));
    for (const SyntaxId operand : node.arguments) {
        result.arguments.push_back(step(operand, focus));
    }
    const PathType& left = (*code_)[result.arguments[0]].result;
    const PathType& right = (*code_)[result.arguments[1]].result;
    if (is_strict()) {
        check_arithmetic(node, left, right);
    }
    result.result = binary_type(node.text, left, right);
    return add(std::move(result));
}

StepId PathCompiler::type_operator(const SyntaxNode& node, const PathType& focus) {
    const bool is_test = node.text == "is";
    PathStep result = step_for(node, is_test ? run_is : run_as);
    result.takes_many = !is_strict();
    result.arguments.push_back(step(node.arguments[0], focus));
    result.type = type_test(node, node.unit);
    result.result = is_test ? system_type(ValueType::boolean) : tested_type(result.type, true);
    return add(std::move(result));
}

StepId PathCompiler::function(const SyntaxNode& node, const PathType& focus) {
    const PathFunction* found = find_function(node.text);
    if (found == nullptr) {
        for (const HostFunction& candidate : context_.functions) {
            if (candidate.name == node.text) {
                return host_function(node, candidate, focus);
            }
        }
        fail_unknown_function(node);
    }
    const std::size_t count = node.arguments.size();
    if (count < found->arguments_min || count > found->arguments_max) {
        fail(node, node.text + "() takes " +
                       arity_text(found->arguments_min, found->arguments_max) + ", not " +
                       std::to_string(count));
    }
    PathStep result = step_for(node, found->run);
    if (node.target != no_syntax) {
        result.target = step(node.target, focus);
    }
    const PathType input = input_type(result, focus);
    arguments(node, *found, result, focus);
    if (is_strict()) {
        check_function(node, *found, result, input);
    }
    const PathType argument =
        result.arguments.empty() ? any_type() : (*code_)[result.arguments.back()].result;
    result.result = function_type(*found, input, argument, result.type);
    return add(std::move(result));
}

StepId PathCompiler::host_function(const SyntaxNode& node, const HostFunction& function,
                                   const PathType& focus) {
    const std::size_t count = node.arguments.size();
    if (count < function.arguments_min || count > function.arguments_max) {
        fail(node, node.text + "() takes " +
                       arity_text(function.arguments_min, function.arguments_max) + ", not " +
                       std::to_string(count));
    }
    PathStep result = step_for(node, run_host_function);
    if (node.target != no_syntax) {
        result.target = step(node.target, focus);
    }
    for (const SyntaxId argument : node.arguments) {
        result.arguments.push_back(step(argument, focus));
    }
    return add(std::move(result));
}

void PathCompiler::arguments(const SyntaxNode& node, const PathFunction& function, PathStep& step,
                             const PathType& focus) {
    if (function.use == ArgumentUse::type) {
        step.type = type_argument(node.arguments[0]);
        step.takes_many = !is_strict();
        return;
    }
    const PathType input = input_type(step, focus);
    const PathType item = single_of(input);
    const bool sorting = function.name == "sort";
    // iif() without a target keeps the $this around it.
    const bool keeps_focus = function.name == "iif" && node.target == no_syntax;
    for (std::size_t index = 0; index < node.arguments.size(); ++index) {
        const bool each = function.use == ArgumentUse::each ||
                          (function.use == ArgumentUse::last_each && index > 0);
        if (sorting) {
            sort_key(node.arguments[index], step, item);
        } else {
            const PathType& inner = each && !keeps_focus ? item : focus;
            step.arguments.push_back(this->step(node.arguments[index], inner));
        }
    }
}

// A key with a minus sign, or `desc`, sorts the other way round.
void PathCompiler::sort_key(SyntaxId argument, PathStep& step, const PathType& item) {
    const SyntaxNode& key = syntax_[argument];
    const bool negated = key.kind == SyntaxKind::polarity && key.text == "-";
    const StepId compiled = this->step(negated ? key.arguments[0] : argument, item);
    code_->steps[compiled].descending = negated || key.descending;
    step.arguments.push_back(compiled);
}

PathTypeTest PathCompiler::type_argument(SyntaxId argument) {
    return type_test(syntax_[argument], type_name(argument));
}

// `FHIR.Patient` is read as a path; here it is a name.
std::string PathCompiler::type_name(SyntaxId argument) {
    const SyntaxNode& node = syntax_[argument];
    if (node.kind != SyntaxKind::member) {
        fail(node, "the name of a type is expected here");
    }
    if (node.target == no_syntax) {
        return node.text;
    }
    return type_name(node.target) + "." + node.text;
}

PathTypeTest PathCompiler::type_test(const SyntaxNode& at, std::string_view name) {
    PathTypeTest test;
    const bool in_system = name.starts_with("System.");
    const bool in_fhir = name.starts_with("FHIR.");
    if (in_system) {
        name.remove_prefix(7);
    }
    if (in_fhir) {
        name.remove_prefix(5);
    }
    test.name = name;
    if (const auto system = in_fhir ? std::nullopt : system_type_named(name)) {
        test.is_system = true;
        test.system = *system;
    }
    if (in_system) {
        return test;  // an unknown one is the type of no value
    }
    if (schema() == nullptr) {
        test.by_resource_name = !test.is_system;
        return test;
    }
    test.fhir = schema()->find_type(name);
    if (test.fhir == no_type && !test.is_system) {
        std::vector<std::string> known;
        for (const Type& type : schema()->types()) {
            if (type.kind != TypeKind::backbone) {
                known.emplace_back(type.name);
            }
        }
        fail(at, "there is no type '" + test.name + "'" + did_you_mean(name, known));
    }
    return test;
}

void PathCompiler::check_function(const SyntaxNode& node, const PathFunction& function,
                                  const PathStep& step, const PathType& input) {
    if (function.input == InputType::string && is_never(schema(), input, ValueType::string)) {
        fail(node, node.text + "() is for Strings, and this is " + described(schema(), input));
    }
    if (function.input == InputType::ordered && !input.ordered) {
        fail(node, node.text + "() needs an order, and children() has none");
    }
    if (function.name == "iif") {
        check_iif(node, step);
    }
}

void PathCompiler::check_iif(const SyntaxNode& node, const PathStep& step) {
    const PathType& criterion = (*code_)[step.arguments[0]].result;
    if (is_never(schema(), criterion, ValueType::boolean)) {
        fail(node, "the criterion of iif() must be a Boolean, and this is " +
                       described(schema(), criterion));
    }
}

void PathCompiler::check_arithmetic(const SyntaxNode& node, const PathType& left,
                                    const PathType& right) {
    if (node.text != "+" && node.text != "-") {
        return;
    }
    const ValueType left_type = system_meaning(schema(), left);
    const bool moves_time = left_type == ValueType::date || left_type == ValueType::date_time ||
                            left_type == ValueType::time;
    if (moves_time && right.kind == PathType::Kind::system && right.system != ValueType::quantity) {
        fail(node, "only a quantity of time can be added to a date or time, as `7 days`, not " +
                       described(schema(), right));
    }
}

PathType PathCompiler::input_type(const PathStep& step, const PathType& focus) const {
    return step.target == no_step ? focus : (*code_)[step.target].result;
}

StepId PathCompiler::add(PathStep step) {
    code_->steps.push_back(std::move(step));
    return static_cast<StepId>(code_->steps.size() - 1);
}

PathStep PathCompiler::step_for(const SyntaxNode& node, StepRun run) const {
    PathStep step;
    step.run = run;
    step.offset = node.offset;
    step.text = node.text;
    return step;
}

StepId PathCompiler::literal_step(const SyntaxNode& node, const Value& value) {
    PathStep step = step_for(node, run_literal);
    step.literal = value;
    step.result = system_type(value.type());
    return add(std::move(step));
}

Value PathCompiler::text_literal(std::string text) {
    code_->texts.push_back(std::move(text));
    return Value::of_string(code_->texts.back());
}

void PathCompiler::fail(const SyntaxNode& node, std::string text) const {
    throw path_failure(Category::invalid, std::move(text), syntax_.source, syntax_.start,
                       node.offset);
}

void PathCompiler::fail_unknown_function(const SyntaxNode& node) const {
    std::vector<std::string> names = fhirpath_function_names();
    for (const HostFunction& function : context_.functions) {
        names.push_back(function.name);
    }
    fail(node, "there is no function " + node.text + "()" + did_you_mean(node.text, names));
}

void PathCompiler::fail_unknown_element(const SyntaxNode& node, const PathType& input) const {
    const auto is_asked_for = [&](const ElementType& option) {
        return context_.names.text(option.json_name) == node.text;
    };
    std::vector<std::string> names;
    std::string choice;
    for (const TypeId type : input.nodes) {
        for (const Element& element : schema()->type(type).elements) {
            names.emplace_back(context_.names.text(element.name));
            if (element.is_choice && std::ranges::any_of(element.types, is_asked_for)) {
                choice = names.back();
            }
        }
    }
    const std::string hint = choice.empty()
                                 ? did_you_mean(node.text, names)
                                 : "; in FHIRPath it is '" + choice + "', then as() or ofType()";
    fail(node, described(schema(), input) + " has no element '" + node.text + "'" + hint);
}

}  // namespace gateway
