#include "gateway/care/route/route.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/base/failure.h"
#include "gateway/care/route/conjuncts.h"
#include "gateway/engine/fhirpath/evaluation.h"

namespace gateway {

namespace {

// A rule's fault stands in the partner's file: its line there, its column counted from `when`.
Issue in_file(Issue issue, const RouteRuleText& rule) {
    issue.source = rule.file;
    issue.path = fmt::format("route to {}", rule.to);
    if (issue.position.line <= 1) {
        issue.position = {rule.position.line, rule.position.column + issue.position.column};
    } else {
        issue.position.line += rule.position.line - 1;
    }
    return issue;
}

bool holds_here(const Program& program, EvaluationContext& context) {
    try {
        return holds(program, context);
    } catch (const Failure&) {
        // A condition that cannot be answered for this message (two values where one is meant) does
        // not hold; the explanation shows the rule.
        return false;
    }
}

}  // namespace

Router::Router(std::span<const RouteRuleText> rules, const std::shared_ptr<const NameTable>& names,
               std::shared_ptr<const Schema> schema, Issues& issues)
    : names_(names), schema_(std::move(schema)) {
    const CompileContext context{.names = *names_, .schema = schema_.get(), .focus_type = "Bundle"};
    for (const RouteRuleText& text : rules) {
        try {
            Rule rule{compile(text.when, context), {}, {text.to, text.reason}};
            for (const std::string& part : conjuncts(text.when)) {
                rule.parts.push_back(compile(part, context));
            }
            rules_.push_back(std::move(rule));
        } catch (const Failure& failure) {
            for (const Issue& issue : failure.issues()) {
                issues.add(in_file(issue, text));
            }
        }
    }
}

RouteResult Router::route(const Document& bundle, Instant now) const {
    EvaluationContext context;
    context.set_focus(root_value(bundle, schema_.get()));
    context.set_now(now);
    RouteResult result;
    std::size_t most = 0;
    for (const Rule& rule : rules_) {
        if (holds_here(rule.when, context)) {
            result.destinations.push_back(rule.destination);
            return result;
        }
        std::size_t held = 0;
        std::string wanted;
        for (const Program& part : rule.parts) {
            if (holds_here(part, context)) {
                ++held;
            } else {
                wanted += (wanted.empty() ? "" : " and ") + part.text();
            }
        }
        if (result.explanation.empty() || held > most) {
            most = held;
            result.explanation = fmt::format(
                "no route takes this referral; the nearest is the one to {}, which wants: {}",
                rule.destination.to, wanted);
        }
    }
    if (result.explanation.empty()) {
        result.explanation = "no route is configured for this sender";
    }
    return result;
}

}  // namespace gateway
