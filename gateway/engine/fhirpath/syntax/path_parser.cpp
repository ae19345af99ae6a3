// Precedence climbing over the operators of N1 #operator-precedence. Nesting is bounded by
// `depth_max`, so that neither the parser nor anything that walks its tree can exhaust the stack.
#include <algorithm>
#include <array>
#include <optional>

#include "gateway/engine/fhirpath/program.h"
#include "gateway/engine/fhirpath/syntax/path_lexer.h"
#include "gateway/engine/fhirpath/syntax/path_syntax.h"
#include "gateway/engine/fhirpath/system/quantity.h"

namespace gateway {
namespace {

constexpr std::uint32_t depth_max = 300;

struct BinaryOperator {
    std::string_view text;
    int precedence;
};

// A higher number binds tighter.
constexpr std::array<BinaryOperator, 23> operators{{
    {"implies", 1}, {"or", 2}, {"xor", 2}, {"and", 3}, {"in", 4},   {"contains", 4},
    {"=", 5},       {"~", 5},  {"!=", 5},  {"!~", 5},  {"<", 6},    {"<=", 6},
    {">", 6},       {">=", 6}, {"|", 7},   {"is", 8},  {"as", 8},   {"+", 9},
    {"-", 9},       {"&", 9},  {"*", 10},  {"/", 10},  {"div", 10},
}};
constexpr BinaryOperator modulo{"mod", 10};

const BinaryOperator* find_operator(const PathToken& token) {
    if (token.kind != PathTokenKind::symbol && token.kind != PathTokenKind::identifier) {
        return nullptr;
    }
    for (const BinaryOperator& candidate : operators) {
        if (candidate.text == token.text) {
            return &candidate;
        }
    }
    return token.is_word("mod") ? &modulo : nullptr;
}

std::string described(const PathToken& token) {
    if (token.text.empty() && token.kind == PathTokenKind::end) {
        return "the end of the expression";
    }
    return "'" + token.text + "'";
}

class PathParser {
public:
    PathParser(std::string_view text, std::size_t offset, PathQuotes quotes)
        : text_(text), start_(offset), lexer_(text, offset, quotes) {
        advance();
    }

    std::shared_ptr<PathSyntax> parse() {
        syntax_ = std::make_shared<PathSyntax>();
        syntax_->root = expression(1);
        syntax_->source = text_.substr(start_, last_end_ - start_);
        syntax_->start = position_at(text_, start_);
        syntax_->end = token_.offset;
        return std::move(syntax_);
    }

    const PathToken& token() const { return token_; }

    [[noreturn]] void fail(const PathToken& at, std::string message) const {
        lexer_.fail(at.offset, std::move(message));
    }

private:
    // Counts how deep the parser itself is.
    class Nesting {
    public:
        explicit Nesting(PathParser& parser) : parser_(parser) {
            if (++parser_.nesting_ > depth_max) {
                parser_.too_deep();
            }
        }

        ~Nesting() { --parser_.nesting_; }

        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;
        Nesting(Nesting&&) = delete;
        Nesting& operator=(Nesting&&) = delete;

    private:
        PathParser& parser_;
    };

    void advance() {
        last_end_ = token_.end;
        token_ = lexer_.next();
    }

    [[noreturn]] void too_deep() const {
        fail(token_,
             "the expression is nested deeper than " + std::to_string(depth_max) + " levels");
    }

    void expect(std::string_view symbol) {
        if (!token_.is_symbol(symbol)) {
            fail(token_,
                 "found " + described(token_) + " where '" + std::string(symbol) + "' is expected");
        }
        advance();
    }

    SyntaxId add(SyntaxNode node) {
        node.begin = node.offset;
        node.end = static_cast<std::uint32_t>(last_end_ - start_);
        const auto include = [&](SyntaxId part) {
            node.depth = std::max(node.depth, (*syntax_)[part].depth + 1);
            node.begin = std::min(node.begin, (*syntax_)[part].begin);
        };
        if (node.target != no_syntax) {
            include(node.target);
        }
        std::for_each(node.arguments.begin(), node.arguments.end(), include);
        if (node.depth > depth_max) {
            too_deep();
        }
        syntax_->nodes.push_back(std::move(node));
        return static_cast<SyntaxId>(syntax_->nodes.size() - 1);
    }

    SyntaxNode node_at(SyntaxKind kind, const PathToken& token) const {
        SyntaxNode node;
        node.kind = kind;
        node.offset = static_cast<std::uint32_t>(token.offset - start_);
        node.text = token.text;
        return node;
    }

    SyntaxId expression(int precedence) {
        const Nesting nesting(*this);
        SyntaxId left = unary();
        while (const BinaryOperator* found = find_operator(token_)) {
            if (found->precedence < precedence) {
                break;
            }
            const bool is_type = found->text == "is" || found->text == "as";
            SyntaxNode node = node_at(is_type ? SyntaxKind::type_test : SyntaxKind::binary, token_);
            advance();
            node.arguments.push_back(left);
            if (is_type) {
                node.unit = type_specifier();
            } else {
                node.arguments.push_back(expression(found->precedence + 1));
            }
            left = add(std::move(node));
        }
        return left;
    }

    SyntaxId unary() {
        if (!token_.is_symbol("+") && !token_.is_symbol("-")) {
            return postfix();
        }
        const Nesting nesting(*this);
        SyntaxNode node = node_at(SyntaxKind::polarity, token_);
        advance();
        node.arguments.push_back(unary());
        return add(std::move(node));
    }

    SyntaxId postfix() {
        SyntaxId left = term();
        while (true) {
            if (token_.is_symbol(".")) {
                advance();
                left = invocation(left);
            } else if (token_.is_symbol("[")) {
                SyntaxNode node = node_at(SyntaxKind::indexer, token_);
                advance();
                node.target = left;
                node.arguments.push_back(expression(1));
                expect("]");
                left = add(std::move(node));
            } else {
                return left;
            }
        }
    }

    // A member or function; keywords are names here (`text.div`, `x.is(Patient)`).
    SyntaxId invocation(SyntaxId target) {
        if (token_.kind == PathTokenKind::variable) {
            return trailing_variable(target);
        }
        if (token_.kind != PathTokenKind::identifier && token_.kind != PathTokenKind::delimited) {
            fail(token_, "found " + described(token_) +
                             " where the name of an element or function is expected");
        }
        const PathToken name = token_;
        advance();
        SyntaxNode node = node_at(SyntaxKind::member, name);
        node.target = target;
        if (token_.is_symbol("(") && name.kind == PathTokenKind::identifier) {
            node.kind = SyntaxKind::function;
            advance();
            arguments(node);
        }
        return add(std::move(node));
    }

    // `target.$this` is the target itself; $index and $total have no meaning there.
    SyntaxId trailing_variable(SyntaxId target) {
        if (token_.text != "$this") {
            fail(token_, "'" + token_.text + "' cannot follow a '.'");
        }
        advance();
        return target;
    }

    void arguments(SyntaxNode& node) {
        const bool sorting = node.text == "sort";
        if (token_.is_symbol(")")) {
            advance();
            return;
        }
        while (true) {
            const SyntaxId argument = expression(1);
            if (sorting) {
                sort_direction(argument);
            }
            node.arguments.push_back(argument);
            if (!token_.is_symbol(",")) {
                break;
            }
            advance();
        }
        expect(")");
    }

    // sort(key asc, key desc)
    void sort_direction(SyntaxId key) {
        if (!token_.is_word("asc") && !token_.is_word("desc")) {
            return;
        }
        syntax_->nodes[key].descending = token_.is_word("desc");
        advance();
    }

    SyntaxId leaf(SyntaxKind kind) {
        SyntaxNode node = node_at(kind, token_);
        advance();
        return add(std::move(node));
    }

    SyntaxId term() {
        switch (token_.kind) {
            case PathTokenKind::string:
                return leaf(SyntaxKind::string);
            case PathTokenKind::integer:
                return number(SyntaxKind::integer);
            case PathTokenKind::long_integer:
                return leaf(SyntaxKind::long_integer);
            case PathTokenKind::decimal:
                return number(SyntaxKind::decimal);
            case PathTokenKind::date:
                return leaf(SyntaxKind::date);
            case PathTokenKind::date_time:
                return leaf(SyntaxKind::date_time);
            case PathTokenKind::time:
                return leaf(SyntaxKind::time);
            case PathTokenKind::constant:
                return leaf(SyntaxKind::constant);
            case PathTokenKind::variable:
                return variable();
            case PathTokenKind::identifier:
                return word();
            case PathTokenKind::delimited:
                return invocation(no_syntax);
            case PathTokenKind::symbol:
            case PathTokenKind::end:
                return bracketed();
        }
        return bracketed();
    }

    SyntaxId variable() {
        if (token_.text == "$index") {
            return leaf(SyntaxKind::this_index);
        }
        return leaf(token_.text == "$total" ? SyntaxKind::total : SyntaxKind::this_item);
    }

    SyntaxId word() {
        if (token_.is_word("true") || token_.is_word("false")) {
            return leaf(SyntaxKind::boolean);
        }
        for (const std::string_view keyword : {"and", "or", "xor", "implies", "div", "mod"}) {
            if (token_.is_word(keyword)) {
                fail(token_,
                     "found the operator '" + std::string(keyword) + "' where a value is expected");
            }
        }
        return invocation(no_syntax);
    }

    // A number, or a quantity: a unit follows as a string or a word of the calendar.
    SyntaxId number(SyntaxKind kind) {
        SyntaxNode node = node_at(kind, token_);
        advance();
        const bool is_word = token_.kind == PathTokenKind::identifier;
        const auto unit = is_word ? calendar_unit(token_.text) : std::nullopt;
        if (token_.kind == PathTokenKind::string || unit) {
            node.kind = SyntaxKind::quantity;
            node.unit = unit ? std::string(*unit) : token_.text;
            node.calendar = unit.has_value();
            advance();
        }
        return add(std::move(node));
    }

    SyntaxId bracketed() {
        if (token_.is_symbol("(")) {
            const std::size_t open = token_.offset - start_;
            advance();
            const SyntaxId inner = expression(1);
            expect(")");
            syntax_->nodes[inner].begin = static_cast<std::uint32_t>(open);
            syntax_->nodes[inner].end = static_cast<std::uint32_t>(last_end_ - start_);
            return inner;
        }
        if (token_.is_symbol("{")) {
            SyntaxNode node = node_at(SyntaxKind::empty, token_);
            advance();
            expect("}");
            return add(std::move(node));
        }
        fail(token_, "found " + described(token_) + " where a value, element or '(' is expected");
    }

    std::string type_specifier() {
        std::string name = type_part();
        while (token_.is_symbol(".")) {
            advance();
            name += "." + type_part();
        }
        return name;
    }

    std::string type_part() {
        if (token_.kind != PathTokenKind::identifier && token_.kind != PathTokenKind::delimited) {
            fail(token_, "found " + described(token_) + " where the name of a type is expected");
        }
        std::string name = token_.text;
        advance();
        return name;
    }

    std::string_view text_;
    std::size_t start_;
    PathLexer lexer_;
    PathToken token_;
    std::size_t last_end_ = 0;
    std::uint32_t nesting_ = 0;
    std::shared_ptr<PathSyntax> syntax_;
};

}  // namespace

ParsedExpression::ParsedExpression(std::shared_ptr<const PathSyntax> syntax)
    : syntax_(std::move(syntax)) {
}

std::size_t ParsedExpression::end() const {
    return syntax_->end;
}

std::string_view ParsedExpression::text() const {
    const SyntaxNode& root = (*syntax_)[syntax_->root];
    return std::string_view{syntax_->source}.substr(root.begin, root.end - root.begin);
}

std::vector<ParsedExpression> ParsedExpression::conjuncts() const {
    std::vector<ParsedExpression> parts;
    std::vector<SyntaxId> open{syntax_->root};
    while (!open.empty()) {
        const SyntaxId id = open.back();
        open.pop_back();
        const SyntaxNode& node = (*syntax_)[id];
        if (node.kind == SyntaxKind::binary && node.text == "and") {
            open.push_back(node.arguments[1]);
            open.push_back(node.arguments[0]);
            continue;
        }
        auto part = std::make_shared<PathSyntax>(*syntax_);
        part->root = id;
        parts.emplace_back(std::move(part));
    }
    return parts;
}

ParsedExpression parse_expression(std::string_view text, std::size_t offset, PathQuotes quotes) {
    PathParser parser(text, offset, quotes);
    return ParsedExpression(parser.parse());
}

}  // namespace gateway
