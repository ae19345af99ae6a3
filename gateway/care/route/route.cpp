#include "gateway/care/route/route.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/engine/fhirpath/evaluation.h"

namespace gateway {

namespace {

const std::array<std::string, 2> fact_names{"sender", "channel"};

// A rule's fault stands in the partner's file: its line there, its column counted from `when`.
Issue in_file(Issue issue, const RouteRuleText& rule) {
    issue.source = rule.file;
    issue.path = fmt::format("route to {}", fmt::join(rule.to, ", "));
    if (issue.position.line <= 1) {
        issue.position = {rule.position.line, rule.position.column + issue.position.column};
    } else {
        issue.position.line += rule.position.line - 1;
    }
    return issue;
}

// A condition that cannot be answered for this message (two values where one is meant) does not
// hold: no rule may send a person's data somewhere by a fault.
bool holds_or_fault(const Program& program, EvaluationContext& context, Issues& issues,
                    std::span<const std::string> to) {
    try {
        return holds(program, context);
    } catch (const Failure& failure) {
        for (Issue issue : failure.issues()) {
            issue.severity = Severity::warning;
            issue.path = fmt::format("route to {}", fmt::join(to, ", "));
            issues.add(std::move(issue));
        }
        return false;
    }
}

}  // namespace

Router::Router(std::span<const RouteRuleText> rules, const std::shared_ptr<const NameTable>& names,
               std::shared_ptr<const Schema> schema, Issues& issues)
    : names_(names), schema_(std::move(schema)) {
    const CompileContext context{.names = *names_,
                                 .schema = schema_.get(),
                                 .variables = fact_names,
                                 .checks = PathChecks::strict,
                                 .focus_type = "Bundle"};
    for (const RouteRuleText& text : rules) {
        try {
            Rule rule{compile(text.when, context), {}, text.to, text.reason};
            for (const ParsedExpression& part : parse_expression(text.when, 0).conjuncts()) {
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

RouteResult Router::route(const Document& bundle, const RouteFacts& facts, Instant now) const {
    EvaluationContext context;
    context.set_focus(root_value(bundle, schema_.get()));
    context.set_variable(fact_names[0], Collection{Value::of_string(facts.sender)});
    context.set_variable(fact_names[1], Collection{Value::of_string(facts.channel)});
    context.set_now(now);
    RouteResult result;
    for (const Rule& rule : rules_) {
        if (holds_or_fault(rule.when, context, result.issues, rule.to)) {
            for (const std::string& to : rule.to) {
                result.destinations.push_back({to, rule.reason});
            }
            return result;
        }
    }
    result.explanation = explain(context);
    return result;
}

Router::Nearness Router::nearness(const Rule& rule, EvaluationContext& context) {
    Nearness nearness;
    Issues told_already;
    for (const Program& part : rule.parts) {
        if (holds_or_fault(part, context, told_already, rule.to)) {
            ++nearness.held;
        } else {
            nearness.wanted.push_back(part.text());
        }
    }
    return nearness;
}

std::string Router::explain(EvaluationContext& context) const {
    const Rule* nearest = nullptr;
    Nearness best;
    for (const Rule& rule : rules_) {
        Nearness found = nearness(rule, context);
        const bool nearer = nearest == nullptr || found.held > best.held ||
                            (found.held == best.held && found.wanted.size() < best.wanted.size());
        if (nearer) {
            nearest = &rule;
            best = std::move(found);
        }
    }
    if (nearest == nullptr) {
        return "no route is configured for this sender";
    }
    return fmt::format(
        "no route takes this referral; the nearest is the one to {}, which wants: {}",
        fmt::join(nearest->to, " and "), fmt::join(best.wanted, " and "));
}

}  // namespace gateway
