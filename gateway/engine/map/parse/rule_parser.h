// The inside of a group: rules with their sources, targets, transforms and dependents
// (mapping.g4: mapRule and below). Faults are Failures of the cursor; a faulty rule is reported and
// left out, and the next one is read.
#pragma once

#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/map/parse/map_cursor.h"
#include "gateway/engine/map/syntax.h"

namespace gateway {

class RuleParser {
public:
    RuleParser(MapCursor& cursor, Issues& issues) : cursor_(cursor), issues_(issues) {}

    // `{ rule; … }`
    std::vector<RuleSyntax> block();

    ParsedExpression expression();

private:
    ParsedExpression condition();
    bool expression_goes_on();
    std::optional<CallSyntax> transform_call();
    void rule(std::vector<RuleSyntax>& rules);
    void batch(RuleSyntax first, std::vector<RuleSyntax>& rules);
    void dependents(RuleSyntax& rule);
    void finish(RuleSyntax& rule);

    SourceSyntax source();
    bool source_option(SourceSyntax& source);
    bool source_condition(SourceSyntax& source);
    void cardinality(SourceSyntax& source);
    bool source_list_mode(SourceSyntax& source);

    TargetSyntax target();
    void transform(TargetSyntax& target);
    void alias_and_list_mode(TargetSyntax& target);

    PathReference path();
    std::optional<LiteralSyntax> literal();
    std::optional<LiteralSyntax> number_or_date();
    CallSyntax call(Word name);
    ArgumentSyntax argument();
    ArgumentSyntax log_argument();

    MapCursor& cursor_;
    Issues& issues_;
    int depth_ = 0;
};

}  // namespace gateway
