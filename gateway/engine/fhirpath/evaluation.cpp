#include "gateway/engine/fhirpath/evaluation.h"

#include <algorithm>

#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/node_types.h"
#include "gateway/engine/fhirpath/path_steps.h"

namespace gateway {
namespace {

// Leaves the workspace as it was, whether the evaluation ends or throws.
class WorkspaceGuard {
public:
    explicit WorkspaceGuard(EvaluationContext::Workspace& workspace)
        : workspace_(workspace),
          stack_size_(workspace.stack.size()),
          variables_(workspace.variables.size()) {
        if (workspace_.nesting++ == 0) {
            workspace_.steps = 0;
        }
    }

    ~WorkspaceGuard() {
        --workspace_.nesting;
        workspace_.stack.resize(stack_size_);
        workspace_.drop_variables(variables_);
    }

    WorkspaceGuard(const WorkspaceGuard&) = delete;
    WorkspaceGuard& operator=(const WorkspaceGuard&) = delete;
    WorkspaceGuard(WorkspaceGuard&&) = delete;
    WorkspaceGuard& operator=(WorkspaceGuard&&) = delete;

private:
    EvaluationContext::Workspace& workspace_;
    std::size_t stack_size_;
    std::size_t variables_;
};

// Runs the program; its result lies from `begin` of the stack, until the guard ends.
std::size_t run_program(const Program& program, EvaluationContext& context, Evaluator& evaluator) {
    const std::size_t focus_begin = evaluator.size();
    const Schema* schema = program.code().schema;
    for (const Value& value : context.focus()) {
        evaluator.push(with_type(schema, value));
    }
    const std::size_t begin = evaluator.size();
    PathScope scope;
    scope.this_begin = focus_begin;
    scope.this_end = begin;
    evaluator.run(program.code().root, scope);
    evaluator.check_memory();
    return begin;
}

// The resource around the first node of the focus.
std::optional<Value> resource_of(const EvaluationContext& context) {
    for (const Value& value : context.focus()) {
        if (!value.is_node()) {
            continue;
        }
        const NodeId resource = enclosing_resource(value.document(), value.node());
        if (resource == no_node) {
            return std::nullopt;
        }
        return Value::of(value.document(), resource);
    }
    return std::nullopt;
}

// R4 fhirpath.html#variables: of a contained resource its container, else the resource itself.
std::optional<Value> root_resource_of(const EvaluationContext& context) {
    const auto resource = resource_of(context);
    if (!resource) {
        return std::nullopt;
    }
    const Document& document = resource->document();
    if (document.name(resource->node()) != "contained") {
        return resource;
    }
    return Value::of(document, document.parent(resource->node()));
}

}  // namespace

std::optional<Value> PathHost::resolve(std::string_view /*reference*/, const Value& /*from*/) {
    return std::nullopt;
}

std::optional<bool> PathHost::member_of(const Value& /*coded*/, std::string_view /*value_set*/) {
    return std::nullopt;
}

std::optional<bool> PathHost::conforms_to(const Value& /*resource*/, std::string_view /*profile*/) {
    return std::nullopt;
}

std::optional<bool> PathHost::subsumes(std::string_view /*system*/, std::string_view /*above*/,
                                       std::string_view /*below*/) {
    return std::nullopt;
}

std::optional<bool> PathHost::in_slice(const Value& /*element*/, std::string_view /*structure*/,
                                       std::string_view /*slice*/) {
    return std::nullopt;
}

void PathHost::trace(std::string_view /*name*/, std::span<const Value> /*values*/) {
}

Collection PathHost::call(std::string_view /*function*/, std::span<const Value> /*focus*/,
                          std::span<const Collection> /*arguments*/) {
    return {};
}

EvaluationContext::EvaluationContext() : workspace_(std::make_unique<Workspace>()) {
}

EvaluationContext::~EvaluationContext() = default;
EvaluationContext::EvaluationContext(EvaluationContext&&) noexcept = default;
EvaluationContext& EvaluationContext::operator=(EvaluationContext&&) noexcept = default;

void EvaluationContext::set_variable(std::string_view name, Collection values) {
    for (Variable& variable : variables_) {
        if (variable.name != name) {
            continue;
        }
        variable.values = std::move(values);
        return;
    }
    variables_.push_back({std::string(name), std::move(values)});
}

void EvaluationContext::bind(Collection values) {
    if (bound_ == bindings_.size()) {
        bindings_.emplace_back();
    }
    bindings_[bound_++] = std::move(values);
}

void EvaluationContext::forget_variable(std::string_view name) {
    std::erase_if(variables_, [&](const Variable& variable) { return variable.name == name; });
}

const Collection* EvaluationContext::variable(std::string_view name) const {
    for (const Variable& variable : variables_) {
        if (variable.name == name) {
            return &variable.values;
        }
    }
    return nullptr;
}

void EvaluationContext::reset() {
    workspace_->blocks.clear();
    workspace_->quantities.clear();
    workspace_->type_names.clear();
    workspace_->free = nullptr;
    workspace_->free_size = 0;
    workspace_->bytes = 0;
}

void run_variable(Evaluator& evaluator, const PathStep& step, const PathScope& /*scope*/) {
    const Schema* schema = evaluator.schema();
    const Collection* values =
        step.variable == no_variable ? nullptr : evaluator.context().bound(step.variable);
    values = values != nullptr ? values : evaluator.find_variable(step.text);
    if (values != nullptr) {
        evaluator.make_room(values->size());
        for (const Value& value : *values) {
            evaluator.push(with_type(schema, value));
        }
        return;
    }
    const EvaluationContext& context = evaluator.context();
    std::optional<Value> value;
    if (step.text == "context") {
        for (const Value& item : context.focus()) {
            evaluator.push(with_type(schema, item));
        }
        return;
    }
    if (step.text == "resource") {
        value = resource_of(context);
    } else if (step.text == "rootResource") {
        value = root_resource_of(context);
    } else {
        evaluator.fail(step, "the variable %" + step.text + " has no value here");
    }
    if (value) {
        evaluator.push(with_type(schema, *value));
    }
}

Collection evaluate(const Program& program, EvaluationContext& context) {
    const WorkspaceGuard guard(context.workspace());
    Evaluator evaluator(program.code(), context);
    return evaluator.take_result(run_program(program, context, evaluator));
}

std::optional<bool> evaluate_boolean(const Program& program, EvaluationContext& context) {
    const WorkspaceGuard guard(context.workspace());
    Evaluator evaluator(program.code(), context);
    const std::size_t begin = run_program(program, context, evaluator);
    return evaluator.boolean(program.code()[program.code().root], begin);
}

bool holds(const Program& program, EvaluationContext& context) {
    return evaluate_boolean(program, context).value_or(false);
}

std::vector<std::string> evaluate_texts(const Program& program, EvaluationContext& context) {
    std::vector<std::string> texts;
    for (const Value& value : evaluate(program, context)) {
        texts.push_back(text_of(value));
    }
    return texts;
}

Value root_value(const Document& document, const Schema* schema) {
    return with_type(schema, Value::of(document, document.root()));
}

}  // namespace gateway
