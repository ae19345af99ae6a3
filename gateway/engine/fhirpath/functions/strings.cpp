// N1 #string-manipulation and the string functions of the current build (trim, split, join,
// lastIndexOf, matchesFull). Positions and lengths count characters, not bytes. Regular expressions
// are RE2's: linear time whatever the pattern.
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>

#include "gateway/base/text.h"
#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/path_steps.h"
#include "gateway/engine/fhirpath/system/utf8.h"
#include "gateway/format/document/utf8.h"

namespace gateway {
namespace {

// The one String that the function is applied to; nothing if the input is empty. The input is left
// off the stack.
std::optional<std::string_view> input_text(Evaluator& evaluator, const PathStep& step,
                                           const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single(step, begin);
    if (!value) {
        return std::nullopt;
    }
    const auto system = evaluator.system_value(*value);
    evaluator.drop_to(begin);
    if (!system || system->type() != ValueType::string) {
        evaluator.fail(step, step.text + "() is for Strings" +
                                 (system ? ", not a " + std::string(name_of(system->type()))
                                         : std::string(", not an element with parts")));
    }
    return system->string();
}

struct TextAndArgument {
    std::string_view text;
    std::string_view argument;
};

// Input and first argument; nothing if either is empty.
std::optional<TextAndArgument> text_and_argument(Evaluator& evaluator, const PathStep& step,
                                                 const PathScope& scope) {
    const auto text = input_text(evaluator, step, scope);
    const auto argument = evaluator.text_argument(step, 0, scope);
    if (!text || !argument) {
        return std::nullopt;
    }
    return TextAndArgument{*text, *argument};
}

void push_position(Evaluator& evaluator, std::string_view text, std::size_t offset) {
    const auto index = offset == std::string_view::npos
                           ? std::int64_t{-1}
                           : static_cast<std::int64_t>(utf8_length(text.substr(0, offset)));
    evaluator.push(Value::of_integer(index));
}

void run_index_of(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (both) {
        push_position(evaluator, both->text, both->text.find(both->argument));
    }
}

void run_last_index_of(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (both) {
        push_position(evaluator, both->text, both->text.rfind(both->argument));
    }
}

void run_substring(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto text = input_text(evaluator, step, scope);
    const auto start = evaluator.integer_argument(step, 0, scope);
    if (!text || !start || *start < 0) {
        return;
    }
    const std::size_t from = utf8_offset(*text, static_cast<std::size_t>(*start));
    if (from >= text->size()) {
        return;
    }
    std::string_view part = text->substr(from);
    if (step.arguments.size() > 1) {
        const auto length = evaluator.integer_argument(step, 1, scope);
        if (length) {
            const auto count = static_cast<std::size_t>(std::max<std::int64_t>(*length, 0));
            part = part.substr(0, utf8_offset(part, count));
        }
    }
    evaluator.push(Value::of_string(part));
}

void run_starts_with(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (both) {
        evaluator.push(both->text.starts_with(both->argument));
    }
}

void run_ends_with(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (both) {
        evaluator.push(both->text.ends_with(both->argument));
    }
}

void run_contains_text(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (both) {
        evaluator.push(both->text.find(both->argument) != std::string_view::npos);
    }
}

// Latin Extended-A: pairs with the capital even, or (second) odd; the Turkish letters stay.
bool has_even_capital(std::uint32_t c) {
    return (c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
}

bool has_odd_capital(std::uint32_t c) {
    return (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
}

// Case of Latin (to Extended-A), Greek and Cyrillic letters; other scripts stay as they are.
std::uint32_t upper_of(std::uint32_t c) {
    if ((c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7)) {
        return c - 0x20;
    }
    if ((c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) || (c >= 0x430 && c <= 0x44F)) {
        return c - 0x20;
    }
    if (c >= 0x450 && c <= 0x45F) {
        return c - 0x50;
    }
    if (has_even_capital(c)) {
        return c % 2 == 1 ? c - 1 : c;
    }
    return has_odd_capital(c) && c % 2 == 0 ? c - 1 : c;
}

std::uint32_t lower_of(std::uint32_t c) {
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)) {
        return c + 0x20;
    }
    if ((c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {
        return c + 0x20;
    }
    if (c >= 0x400 && c <= 0x40F) {
        return c + 0x50;
    }
    if (has_even_capital(c)) {
        return c % 2 == 0 ? c + 1 : c;
    }
    return has_odd_capital(c) && c % 2 == 1 ? c + 1 : c;
}

void push_in_case(Evaluator& evaluator, std::string_view text,
                  std::uint32_t (*cased)(std::uint32_t)) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = utf8_size_at(text, at);
        const bool malformed = size == 1 && static_cast<unsigned char>(text[at]) >= 0x80;
        if (malformed) {
            result.push_back(text[at]);
        } else {
            append_utf8(result, cased(utf8_code_point(text, at)));
        }
        at += size;
    }
    evaluator.push(evaluator.text_value(result));
}

void run_upper(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto text = input_text(evaluator, step, scope);
    if (text) {
        push_in_case(evaluator, *text, upper_of);
    }
}

void run_lower(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto text = input_text(evaluator, step, scope);
    if (text) {
        push_in_case(evaluator, *text, lower_of);
    }
}

// An empty pattern stands before every character and at the end (N1 #replace).
std::string replaced_everywhere(std::string_view text, std::string_view substitution) {
    std::string result(substitution);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = utf8_size_at(text, at);
        result += text.substr(at, size);
        result += substitution;
        at += size;
    }
    return result;
}

std::string replaced(std::string_view text, std::string_view pattern,
                     std::string_view substitution) {
    if (pattern.empty()) {
        return replaced_everywhere(text, substitution);
    }
    std::string result;
    std::size_t from = 0;
    for (std::size_t at = text.find(pattern); at != std::string_view::npos;
         at = text.find(pattern, from)) {
        result += text.substr(from, at - from);
        result += substitution;
        from = at + pattern.size();
    }
    result += text.substr(from);
    return result;
}

void run_replace(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    const auto substitution = evaluator.text_argument(step, 1, scope);
    if (!both || !substitution) {
        return;
    }
    // A long substitution for a short pattern could multiply the text: ask for the room first.
    const std::size_t places = both->text.size() / std::max<std::size_t>(both->argument.size(), 1);
    const std::size_t most = both->text.size() + (places + 1) * substitution->size();
    if (most > evaluator.context().limits.bytes) {
        evaluator.too_costly("bytes");
    }
    evaluator.push(evaluator.text_value(replaced(both->text, both->argument, *substitution)));
}

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

std::shared_ptr<const RE2> pattern_of(std::string_view text) {
    RE2::Options options(RE2::Quiet);
    options.set_dot_nl(true);  // N1 #matches: single line mode
    options.set_max_mem(std::int64_t{1} << 20U);
    return std::make_shared<const RE2>(piece(text), options);
}

// A fault names the expression's place, not the pattern: that may come from data.
std::shared_ptr<const RE2> compiled(Evaluator& evaluator, const PathStep& step,
                                    std::string_view pattern) {
    auto expression = step.pattern ? step.pattern : pattern_of(pattern);
    if (!expression->ok()) {
        evaluator.fail(step, "the pattern of " + step.text +
                                 "() is no regular expression: " + expression->error());
    }
    return expression;
}

void run_matches(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (!both) {
        return;
    }
    const auto expression = compiled(evaluator, step, both->argument);
    evaluator.push(RE2::PartialMatch(piece(both->text), *expression));
}

void run_matches_full(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (!both) {
        return;
    }
    const auto expression = compiled(evaluator, step, both->argument);
    evaluator.push(RE2::FullMatch(piece(both->text), *expression));
}

struct GroupReference {
    int group = 0;
    std::size_t last = 0;  // where it ends in the substitution
};

// `$1` or `${name}`, if one begins at `at`; RE2 rewrites with ten groups at most.
std::optional<GroupReference> group_reference(const RE2& expression, std::string_view substitution,
                                              std::size_t at) {
    if (substitution[at] != '$' || at + 1 == substitution.size()) {
        return std::nullopt;
    }
    const char next = substitution[at + 1];
    if (next >= '0' && next <= '9') {
        return GroupReference{next - '0', at + 1};
    }
    const std::size_t close = next == '{' ? substitution.find('}', at) : std::string::npos;
    if (close == std::string::npos) {
        return std::nullopt;
    }
    const auto& groups = expression.NamedCapturingGroups();
    const auto group = groups.find(std::string(substitution.substr(at + 2, close - at - 2)));
    if (group == groups.end() || group->second > 9) {
        return std::nullopt;
    }
    return GroupReference{group->second, close};
}

// `$1` and `${name}` of N1's examples as RE2's `\1`; a lone backslash stands for itself.
std::string rewrite_of(const RE2& expression, std::string_view substitution) {
    std::string rewrite;
    for (std::size_t at = 0; at < substitution.size(); ++at) {
        if (const auto reference = group_reference(expression, substitution, at)) {
            rewrite += '\\';
            rewrite += std::to_string(reference->group);
            at = reference->last;
        } else if (substitution[at] == '\\') {
            rewrite += "\\\\";
        } else {
            rewrite += substitution[at];
        }
    }
    return rewrite;
}

void run_replace_matches(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    const auto substitution = evaluator.text_argument(step, 1, scope);
    if (!both || !substitution) {
        return;
    }
    if (both->argument.empty()) {
        evaluator.push(Value::of_string(both->text));
        return;
    }
    const auto expression = compiled(evaluator, step, both->argument);
    const std::size_t most = both->text.size() + (both->text.size() + 1) * substitution->size();
    if (most > evaluator.context().limits.bytes) {
        evaluator.too_costly("bytes");
    }
    std::string text(both->text);
    const std::string rewrite = rewrite_of(*expression, *substitution);
    std::string error;
    if (!expression->CheckRewriteString(rewrite, &error)) {
        evaluator.fail(step,
                       "the substitution of replaceMatches() names a group that the pattern "
                       "does not have");
    }
    RE2::GlobalReplace(&text, *expression, rewrite);
    evaluator.push(evaluator.text_value(text));
}

void run_length(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto text = input_text(evaluator, step, scope);
    if (text) {
        evaluator.push(Value::of_integer(static_cast<std::int64_t>(utf8_length(*text))));
    }
}

void run_to_chars(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto text = input_text(evaluator, step, scope);
    if (!text) {
        return;
    }
    evaluator.count_steps(text->size());
    for (std::size_t at = 0; at < text->size();) {
        const std::size_t size = utf8_size_at(*text, at);
        evaluator.push(Value::of_string(text->substr(at, size)));
        at += size;
    }
    evaluator.check_memory();
}

void run_trim(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto text = input_text(evaluator, step, scope);
    if (text) {
        evaluator.push(Value::of_string(trimmed(*text)));
    }
}

void run_split(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = text_and_argument(evaluator, step, scope);
    if (!both) {
        return;
    }
    if (both->argument.empty()) {
        evaluator.push(Value::of_string(both->text));
        return;
    }
    std::string_view rest = both->text;
    for (std::size_t at = rest.find(both->argument); at != std::string_view::npos;
         at = rest.find(both->argument)) {
        evaluator.count_step();
        evaluator.push(Value::of_string(rest.substr(0, at)));
        rest.remove_prefix(at + both->argument.size());
    }
    evaluator.push(Value::of_string(rest));
    evaluator.check_memory();
}

void run_join(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    const auto separator = step.arguments.empty() ? std::optional(std::string_view{})
                                                  : evaluator.text_argument(step, 0, scope);
    std::string joined;
    for (std::size_t item = begin; item < end; ++item) {
        const auto text = evaluator.string_value(evaluator.at(item));
        if (!text) {
            evaluator.fail(step, "join() is for Strings, and there is a value that is none");
        }
        if (item > begin && separator) {
            joined += *separator;
        }
        joined += *text;
    }
    if (begin == end) {
        return;
    }
    evaluator.replace(begin, evaluator.text_value(joined));
}

constexpr auto boolean = ResultType::boolean;
constexpr auto text = ResultType::string;
constexpr auto value = ArgumentUse::value;
constexpr auto of_string = InputType::string;

constexpr std::array table{
    PathFunction{"indexOf", 1, 1, run_index_of, ResultType::integer, value, of_string},
    PathFunction{"lastIndexOf", 1, 1, run_last_index_of, ResultType::integer, value, of_string},
    PathFunction{"substring", 1, 2, run_substring, text, value, of_string},
    PathFunction{"startsWith", 1, 1, run_starts_with, boolean, value, of_string},
    PathFunction{"endsWith", 1, 1, run_ends_with, boolean, value, of_string},
    PathFunction{"contains", 1, 1, run_contains_text, boolean, value, of_string},
    PathFunction{"upper", 0, 0, run_upper, text, value, of_string},
    PathFunction{"lower", 0, 0, run_lower, text, value, of_string},
    PathFunction{"replace", 2, 2, run_replace, text, value, of_string},
    PathFunction{"matches", 1, 1, run_matches, boolean, value, of_string},
    PathFunction{"matchesFull", 1, 1, run_matches_full, boolean, value, of_string},
    PathFunction{"replaceMatches", 2, 2, run_replace_matches, text, value, of_string},
    PathFunction{"length", 0, 0, run_length, ResultType::integer, value, of_string},
    PathFunction{"toChars", 0, 0, run_to_chars, ResultType::strings, value, of_string},
    PathFunction{"trim", 0, 0, run_trim, text, value, of_string},
    PathFunction{"split", 1, 1, run_split, ResultType::strings, value, of_string},
    PathFunction{"join", 0, 1, run_join, text},
};

}  // namespace

std::span<const PathFunction> string_functions() {
    return table;
}

void prepare_patterns(PathCode& code) {
    for (PathStep& step : code.steps) {
        const bool has_pattern = step.run == run_matches || step.run == run_matches_full ||
                                 step.run == run_replace_matches;
        if (!has_pattern || step.arguments.empty()) {
            continue;
        }
        const PathStep& argument = code[step.arguments[0]];
        if (argument.run == run_literal && argument.literal.type() == ValueType::string) {
            step.pattern = pattern_of(argument.literal.string());
        }
    }
}

}  // namespace gateway
