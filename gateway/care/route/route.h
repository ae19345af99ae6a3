// Where a referral goes: the rules of its sender, in order, each a FHIRPath condition over the
// mapped message; the first that holds wins, and all that it names get the referral. No rule, no
// guess: the answer then names the nearest
// rule, the one of whose conditions most held. Immutable; safe from any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/issue.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/program.h"
#include "gateway/format/document/document.h"

namespace gateway {

class EvaluationContext;

struct RouteRuleText {
    std::string when;             // FHIRPath, true or false over the Bundle
    std::vector<std::string> to;  // ids of partners
    std::string reason;           // shown in the trace
    std::string file = {};        // for faults
    Position position = {};       // of `when` in the file
};

// What a rule may ask beyond the Bundle, as variables.
struct RouteFacts {
    std::string_view sender;   // %sender: the partner's id
    std::string_view channel;  // %channel: the way it came in
};

struct Destination {
    std::string to;
    std::string reason;
};

struct RouteResult {
    std::vector<Destination> destinations;  // in the order of the rule
    std::string explanation;  // where there is none: which rule came nearest and what it wanted
    Issues issues = {};       // warnings: conditions that could not be answered for this message
};

class Router {
public:
    // Every rule that does not compile is an issue that names file, line and column.
    Router(std::span<const RouteRuleText> rules, const std::shared_ptr<const NameTable>& names,
           std::shared_ptr<const Schema> schema, Issues& issues);

    RouteResult route(const Document& bundle, const RouteFacts& facts, Instant now) const;

private:
    struct Rule {
        Program when;
        std::vector<Program> parts;  // of a chain of `and`
        std::vector<std::string> to;
        std::string reason;
    };

    // How far a rule is from holding.
    struct Nearness {
        std::size_t held = 0;
        std::vector<std::string_view> wanted;  // the parts that did not hold
    };

    static Nearness nearness(const Rule& rule, EvaluationContext& context);

    // Of the rule that came nearest.
    std::string explain(EvaluationContext& context) const;

    std::shared_ptr<const NameTable> names_;
    std::shared_ptr<const Schema> schema_;
    std::vector<Rule> rules_;
};

}  // namespace gateway
