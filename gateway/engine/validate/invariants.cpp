#include "gateway/engine/validate/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "gateway/base/failure.h"
#include "gateway/engine/validate/invariant_errata.h"

namespace gateway {

namespace {

// A cost that grows with the document, so that no expression is more than a few walks over it.
constexpr std::uint64_t steps_min = 100'000;
constexpr std::uint64_t steps_per_node = 64;

// Checked by an aspect of their own, in one pass and with a text that names the fix. dom-6 (a
// narrative should be present) is a best practice that mapped resources never follow: not reported.
// Sorted.
constexpr std::array<std::string_view, 21> native_keys = {
    "bdl-1", "bdl-10", "bdl-11", "bdl-12", "bdl-2", "bdl-3", "bdl-4",
    "bdl-5", "bdl-7",  "bdl-8",  "bdl-9",  "dom-2", "dom-3", "dom-4",
    "dom-5", "dom-6",  "ele-1",  "ext-1",  "ref-1", "txt-1", "txt-2"};

bool is_native(std::string_view key) {
    return std::ranges::binary_search(native_keys, key);
}

std::vector<const Invariant*> distinct_invariants(const Schema& schema) {
    std::vector<const Invariant*> all;
    for (const Type& type : schema.types()) {
        all.insert(all.end(), type.invariants.begin(), type.invariants.end());
        for (const Element& element : type.elements) {
            all.insert(all.end(), element.invariants.begin(), element.invariants.end());
        }
    }
    std::ranges::sort(all);
    const auto rest = std::ranges::unique(all);
    all.erase(rest.begin(), rest.end());
    std::ranges::stable_sort(all, {}, [](const Invariant* invariant) { return invariant->key; });
    return all;
}

}  // namespace

InvariantPrograms::InvariantPrograms(const Schema& schema) {
    for (const Invariant* invariant : distinct_invariants(schema)) {
        if (is_native(invariant->key)) {
            ++coverage_.native;
        } else {
            compile_one(schema, *invariant);
        }
    }
}

// The one place that takes a Failure of the compiler for an answer: an invariant that this build
// does not understand is the build's lack, not a fault of any message.
void InvariantPrograms::compile_one(const Schema& schema, const Invariant& invariant) {
    try {
        const CompileContext context{.names = schema.names(), .schema = &schema};
        compiled_.emplace(&invariant, CompiledInvariant{.invariant = &invariant,
                                                        .program = compile(
                                                            sound_expression(invariant), context)});
        ++coverage_.compiled;
    } catch (const Failure&) {
        ++coverage_.skipped;
        coverage_.skipped_keys.emplace_back(invariant.key);
    }
}

InvariantList InvariantPrograms::select(std::span<const Invariant* const> invariants) {
    std::vector<const CompiledInvariant*> list;
    for (const Invariant* invariant : invariants) {
        const auto known = compiled_.find(invariant);
        if (known != compiled_.end()) {
            list.push_back(&known->second);
        }
    }
    return list.empty() ? InvariantList{} : InvariantList{lists_.emplace_back(std::move(list))};
}

InvariantRun::InvariantRun(const Document& document, Findings& findings)
    : document_(document), findings_(findings) {
    context_.limits.steps = steps_min + steps_per_node * document.node_count();
}

void InvariantRun::check(NodeId node, TypeId type, InvariantList invariants) {
    if (invariants.empty()) {
        return;
    }
    context_.set_focus(Value::of(document_, node, type));
    for (const CompiledInvariant* compiled : invariants) {
        check_one(node, *compiled);
    }
    context_.reset();
}

// A Failure here is the expression's (too costly, or an ordinary error on odd data): the message is
// not refused for it, but the gap is told.
void InvariantRun::check_one(NodeId node, const CompiledInvariant& compiled) {
    const Invariant& invariant = *compiled.invariant;
    try {
        if (evaluate_boolean(compiled.program, context_).value_or(true)) {
            return;
        }
        const Severity severity = invariant.is_error ? Severity::error : Severity::warning;
        findings_.add({.severity = severity,
                       .code = "invariant",
                       .at = node,
                       .text = std::string{invariant.human},
                       .rule = invariant.key});
    } catch (const Failure&) {
        findings_.add(
            {.severity = Severity::warning,
             .code = "processing",
             .at = node,
             .text = fmt::format("the invariant {} could not be evaluated here", invariant.key),
             .rule = invariant.key});
    }
}

}  // namespace gateway
