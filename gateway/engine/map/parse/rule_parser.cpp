#include "gateway/engine/map/parse/rule_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/engine/map/transform_names.h"

namespace gateway {

namespace {

constexpr int depth_max = 40;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::vector<RuleSyntax> RuleParser::block() {
    std::vector<RuleSyntax> rules;
    cursor_.need("{", "to open the rules");
    if (++depth_ > depth_max) {
        cursor_.fail_at(cursor_.at(), fmt::format("rules nest deeper than {} blocks", depth_max));
    }
    while (!cursor_.sees("}") && !cursor_.at_end()) {
        try {
            rule(rules);
        } catch (const Failure& fault) {
            Issues found = fault.issues();
            for (Issue& issue : found) {
                issue.source = cursor_.file().name;
            }
            issues_.append(found);
            cursor_.skip_rule();
        }
    }
    --depth_;
    cursor_.need("}", "to close the rules");
    return rules;
}

void RuleParser::rule(std::vector<RuleSyntax>& rules) {
    RuleSyntax rule;
    rule.at = cursor_.at();
    do {
        rule.sources.push_back(source());
    } while (cursor_.take(","));
    if (cursor_.take("->")) {
        rule.targets.push_back(target());
        if (cursor_.sees(":")) {
            batch(std::move(rule), rules);
            return;
        }
        while (cursor_.take(",")) {
            rule.targets.push_back(target());
        }
    }
    if (cursor_.take_word("then")) {
        dependents(rule);
    }
    finish(rule);
    const bool nothing_inside = rule.dependents.empty() && rule.rules.empty();
    if (nothing_inside && rule.sources.size() == 1 && rule.targets.size() == 1 &&
        !rule.targets.front().path.steps.empty() && rule.targets.front().transform.index() == 0) {
        rule.form = RuleForm::simple_copy;
    }
    rules.push_back(std::move(rule));
}

// `a -> b : x, y;` stands for `a.x -> b.x; a.y -> b.y;`.
void RuleParser::batch(RuleSyntax first, std::vector<RuleSyntax>& rules) {
    cursor_.need(":", "before the names to copy");
    std::vector<Word> names;
    do {
        names.push_back(cursor_.need_name("the name of an element to copy"));
    } while (cursor_.take(","));
    finish(first);
    for (Word& name : names) {
        RuleSyntax rule = first;
        rule.at = name.at;
        rule.form = RuleForm::simple_copy;
        rule.sources.front().path.steps.push_back(name);
        rule.targets.front().path.steps.push_back(name);
        rules.push_back(std::move(rule));
    }
}

void RuleParser::dependents(RuleSyntax& rule) {
    if (!cursor_.sees("{")) {
        do {
            rule.dependents.push_back(call(cursor_.need_name("the name of a group, or `{`")));
        } while (cursor_.take(","));
    }
    if (cursor_.sees("{")) {
        rule.rules = block();
    }
}

void RuleParser::finish(RuleSyntax& rule) {
    if (cursor_.sees_string()) {
        rule.name = cursor_.need_string("the name of the rule");
    }
    cursor_.need(";", "at the end of the rule");
}

SourceSyntax RuleParser::source() {
    SourceSyntax source;
    source.path = path();
    // The grammar fixes an order; published R4 maps do not keep it, and nothing hangs on it.
    while (source_option(source)) {
    }
    return source;
}

bool RuleParser::source_option(SourceSyntax& source) {
    if (cursor_.take(":")) {
        source.type = cursor_.need_name("a type");
        return true;
    }
    if (const std::uint32_t at = cursor_.at();
        at < cursor_.file().text.size() && is_digit(cursor_.file().text[at])) {
        cardinality(source);
        return true;
    }
    if (cursor_.take_word("as")) {
        source.alias = cursor_.need_name("a variable name after `as`");
        return true;
    }
    return source_list_mode(source) || source_condition(source);
}

bool RuleParser::source_condition(SourceSyntax& source) {
    if (cursor_.take_word("default")) {
        source.default_value = condition();
    } else if (cursor_.take_word("where")) {
        source.where = condition();
    } else if (cursor_.take_word("check")) {
        source.check = condition();
    } else if (cursor_.take_word("log")) {
        source.log = log_argument();
    } else {
        return false;
    }
    return true;
}

void RuleParser::cardinality(SourceSyntax& source) {
    source.has_cardinality = true;
    source.min = cursor_.need_number("the smallest number of items");
    cursor_.need("..", "between the two numbers of a cardinality");
    if (!cursor_.take("*")) {
        source.max = cursor_.need_number("the largest number of items, or *");
    }
}

bool RuleParser::source_list_mode(SourceSyntax& source) {
    constexpr std::array<std::pair<std::string_view, SourceListMode>, 5> modes = {{
        {"first", SourceListMode::first},
        {"not_first", SourceListMode::not_first},
        {"last", SourceListMode::last},
        {"not_last", SourceListMode::not_last},
        {"only_one", SourceListMode::only_one},
    }};
    for (const auto& [word, mode] : modes) {
        if (cursor_.take_word(word)) {
            source.list_mode = mode;
            return true;
        }
    }
    return false;
}

TargetSyntax RuleParser::target() {
    TargetSyntax target;
    target.at = cursor_.at();
    if (cursor_.take("(")) {
        target.transform = expression();
        cursor_.need(")", "after the expression");
    } else {
        target.path = path();
        if (target.path.steps.empty() && cursor_.sees("(")) {
            target.transform = call(std::exchange(target.path.context, Word{}));
        } else if (cursor_.take("=")) {
            transform(target);
        }
    }
    alias_and_list_mode(target);
    return target;
}

void RuleParser::transform(TargetSyntax& target) {
    if (cursor_.take("(")) {
        target.transform = expression();
        cursor_.need(")", "after the expression");
        return;
    }
    if (auto constant = literal()) {
        target.transform = std::move(*constant);
        return;
    }
    PathReference from = path();
    if (from.steps.empty() && cursor_.sees("(")) {
        target.transform = call(std::move(from.context));
    } else {
        target.transform = std::move(from);
    }
}

void RuleParser::alias_and_list_mode(TargetSyntax& target) {
    constexpr std::array<std::pair<std::string_view, TargetListMode>, 5> modes = {{
        {"first", TargetListMode::first},
        {"share", TargetListMode::share},
        {"last", TargetListMode::last},
        {"single", TargetListMode::single},
        {"collate", TargetListMode::collate},
    }};
    for (bool more = true; more;) {
        more = cursor_.take_word("as");
        if (more) {
            target.alias = cursor_.need_name("a variable name after `as`");
        }
        for (const auto& [word, mode] : modes) {
            if (cursor_.take_word(word)) {
                target.list_mode = mode;
                more = true;
            }
        }
        if (target.list_mode == TargetListMode::share && target.share_key.empty()) {
            target.share_key = cursor_.need_name("the key of the shared instance after `share`");
        }
    }
}

// `%name` stands where a variable does: constants of the map and of the host.
PathReference RuleParser::path() {
    PathReference path;
    path.context.at = cursor_.at();
    const bool constant = cursor_.take("%");
    path.context = cursor_.need_name("a variable");
    if (constant) {
        path.context.text.insert(0, "%");
    }
    while (cursor_.sees(".") && !cursor_.sees("..")) {
        cursor_.take(".");
        path.steps.push_back(cursor_.need_name("the name of an element"));
    }
    return path;
}

std::optional<LiteralSyntax> RuleParser::literal() {
    using Kind = LiteralSyntax::Kind;
    if (cursor_.sees_string()) {
        return LiteralSyntax{Kind::string, cursor_.need_string("a text")};
    }
    for (const std::string_view word : {"true", "false"}) {
        if (cursor_.take_word(word)) {
            return LiteralSyntax{Kind::boolean, std::string{word}};
        }
    }
    return number_or_date();
}

std::optional<LiteralSyntax> RuleParser::number_or_date() {
    using Kind = LiteralSyntax::Kind;
    const std::string& text = cursor_.file().text;
    const std::size_t start = cursor_.at();
    std::size_t end = start;
    if (cursor_.sees("@")) {
        end = std::min(text.find_first_not_of("0123456789T:.Z+-", start + 1), text.size());
        std::string date = text.substr(start + 1, end - start - 1);
        cursor_.move_to(end);
        const std::size_t time = date.find('T');
        const Kind kind = time == std::string::npos ? Kind::date
                          : time == 0               ? Kind::time
                                                    : Kind::date_time;
        // A time is `14:30:00` in FHIR; the T is FHIRPath's mark (and ends a partial dateTime).
        date = kind == Kind::time ? date.substr(1) : date;
        if (kind == Kind::date_time && date.back() == 'T') {
            date.pop_back();
        }
        return LiteralSyntax{kind, std::move(date)};
    }
    end += cursor_.sees("-") ? 1U : 0U;
    const std::size_t digits = end;
    while (end < text.size() && is_digit(text[end])) {
        ++end;
    }
    if (end == digits) {
        return std::nullopt;
    }
    const std::size_t point = end;
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
        end = std::min(text.find_first_not_of("0123456789", end + 1), text.size());
    }
    cursor_.move_to(end);
    return LiteralSyntax{end == point ? Kind::integer : Kind::decimal,
                         text.substr(start, end - start)};
}

CallSyntax RuleParser::call(Word name) {
    CallSyntax call{std::move(name), {}};
    const std::uint32_t at = cursor_.at();
    cursor_.need("(", "after the name of a transform or group");
    while (!cursor_.take(")")) {
        if (!call.arguments.empty()) {
            cursor_.need(",", "or `)` after an argument");
        }
        if (cursor_.at_end()) {
            cursor_.fail_at(at, "this `(` is never closed");
        }
        if (call.name.text == "evaluate" && !call.arguments.empty()) {
            const std::uint32_t start = cursor_.at();
            call.arguments.push_back({start, expression()});
        } else {
            call.arguments.push_back(argument());
        }
    }
    return call;
}

// A literal or a path if nothing else follows, else an expression.
ArgumentSyntax RuleParser::argument() {
    ArgumentSyntax argument;
    argument.at = cursor_.at();
    const auto ends_here = [this] { return cursor_.sees(",") || cursor_.sees(")"); };
    if (auto constant = literal(); constant && ends_here()) {
        argument.content = std::move(*constant);
        return argument;
    }
    cursor_.move_to(argument.at);
    if (!cursor_.peek_word().empty() || cursor_.sees("%")) {
        PathReference from = path();
        if (ends_here()) {
            argument.content = std::move(from);
            return argument;
        }
    }
    cursor_.move_to(argument.at);
    if (auto made = transform_call(); made && ends_here()) {
        argument.content = std::move(*made);
        return argument;
    }
    cursor_.move_to(argument.at);
    argument.content = expression();
    return argument;
}

// A transform as an argument of another: `append('urn:uuid:', uuid())`.
std::optional<CallSyntax> RuleParser::transform_call() {
    if (find_transform(cursor_.peek_word()) == nullptr) {
        return std::nullopt;
    }
    Word name = cursor_.need_name("a transform");
    if (!cursor_.sees("(")) {
        return std::nullopt;
    }
    return call(std::move(name));
}

ArgumentSyntax RuleParser::log_argument() {
    if (!cursor_.take("(")) {
        const std::uint32_t at = cursor_.at();
        return {at, expression()};
    }
    ArgumentSyntax what = argument();
    cursor_.need(")", "after what is logged");
    return what;
}

// After `where`, `check` and `default`: `(…)`, or, in R4's maps, an expression without parentheses.
// What follows the `)` must not be taken for a part of it: `default ('x') as v` is no type test.
ParsedExpression RuleParser::condition() {
    const std::uint32_t at = cursor_.at();
    if (cursor_.take("(")) {
        ParsedExpression inside = expression();
        if (cursor_.take(")") && !expression_goes_on()) {
            return inside;
        }
        cursor_.move_to(at);
    }
    return expression();
}

// `where (a = b) and (c = d)`
bool RuleParser::expression_goes_on() {
    constexpr std::array<std::string_view, 9> words = {"and", "or",       "xor", "implies", "is",
                                                       "in",  "contains", "div", "mod"};
    if (std::ranges::find(words, cursor_.peek_word()) != words.end()) {
        return true;
    }
    if (cursor_.sees("->")) {
        return false;
    }
    const std::string& text = cursor_.file().text;
    const std::uint32_t at = cursor_.at();
    constexpr std::string_view symbols = ".[=!~<>+*/&|-";
    return at < text.size() && symbols.find(text[at]) != std::string_view::npos;
}

ParsedExpression RuleParser::expression() {
    ParsedExpression parsed =
        parse_expression(cursor_.file().text, cursor_.at(), PathQuotes::single_or_double);
    cursor_.move_to(parsed.end());
    return parsed;
}

}  // namespace gateway
