#include "gateway/engine/terminology/ucum_syntax.h"

#include <algorithm>
#include <charconv>

#include "gateway/base/text.h"

namespace gateway {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_printable(char c) {
    return c > ' ' && c <= '~';
}

// Ends a unit's symbol outside of square brackets (UCUM §6, §10).
bool ends_symbol(char c) {
    return is_digit(c) || std::string_view("./(){}+-=").find(c) != std::string_view::npos;
}

// What a person who wrote an unknown symbol may have meant.
std::string suggestion(std::string_view symbol) {
    const auto in_brackets = [&](const UcumAtom& atom) {
        return atom.code.size() == symbol.size() + 2 && atom.code.front() == '[' &&
               equal_ignoring_case(atom.code.substr(1, symbol.size()), symbol);
    };
    const auto other_case = [&](const UcumAtom& atom) {
        return equal_ignoring_case(atom.code, symbol);
    };
    const auto by_name = [&](const UcumAtom& atom) {
        return equal_ignoring_case(atom.name, symbol);
    };
    const auto atoms = ucum_atoms();
    auto found = std::ranges::find_if(atoms, other_case);
    if (found == atoms.end()) {
        found = std::ranges::find_if(atoms, in_brackets);
    }
    if (found == atoms.end()) {
        found = std::ranges::find_if(atoms, by_name);
    }
    return found == atoms.end() ? std::string()
                                : "; did you mean `" + std::string(found->code) + "`?";
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    UcumSyntax parse() {
        UcumSyntax syntax;
        if (text_.empty()) {
            fail(0, "the unit is empty; the unity is `1`");
        } else if (text_.size() > ucum_length_max) {
            fail(ucum_length_max, "the unit is longer than 256 characters");
        }
        if (!fault_ && text_.front() == '/') {
            syntax.starts_with_solidus = true;
            ++at_;
        }
        if (!fault_) {
            syntax.terms = terms(0);
        }
        if (!fault_ && at_ < text_.size()) {
            fail(at_, "`)` closes nothing");
        }
        if (syntax.starts_with_solidus && !syntax.terms.empty()) {
            syntax.terms.front().divides = true;
        }
        syntax.fault = std::move(fault_);
        return syntax;
    }

private:
    // Up to the end or a closing bracket.
    std::vector<UcumTerm> terms(int depth) {
        std::vector<UcumTerm> result;
        bool divides = false;
        while (!fault_) {
            result.push_back(component(depth));
            result.back().divides = divides;
            if (fault_ || at_ == text_.size() || text_[at_] == ')') {
                break;
            }
            if (text_[at_] != '.' && text_[at_] != '/') {
                fail_between(result.back());
                break;
            }
            divides = text_[at_] == '/';
            ++at_;
        }
        return result;
    }

    UcumTerm component(int depth) {
        UcumTerm term;
        if (at_ == text_.size() || ends_component()) {
            fail(at_, at_ == 0 ? "a unit is expected here"
                               : "a unit is expected after `" +
                                     std::string(text_.substr(at_ - 1, 1)) + "`");
            return term;
        }
        const char first = text_[at_];
        if (first == '{') {
            annotation();
            return term;
        }
        if (first == '(') {
            return group(depth);
        }
        const bool power_of_ten =
            text_.substr(at_, 3).starts_with("10*") || text_.substr(at_, 3).starts_with("10^");
        if (is_digit(first) && !power_of_ten) {
            term = number();
        } else {
            term = unit(power_of_ten);
        }
        if (!fault_ && at_ < text_.size() && text_[at_] == '{') {
            annotation();
        }
        return term;
    }

    bool ends_component() const {
        return std::string_view("./)}+-=").find(text_[at_]) != std::string_view::npos;
    }

    UcumTerm group(int depth) {
        UcumTerm term;
        term.kind = UcumTermKind::group;
        const std::size_t begin = at_;
        if (depth == ucum_depth_max) {
            fail(at_, "brackets are nested too deep");
            return term;
        }
        ++at_;
        term.group = terms(depth + 1);
        if (!fault_ && at_ == text_.size()) {
            fail(begin, "`(` is not closed");
        }
        ++at_;
        return term;
    }

    UcumTerm number() {
        UcumTerm term;
        term.kind = UcumTermKind::number;
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) {
            ++at_;
        }
        term.number = text_.substr(begin, at_ - begin);
        return term;
    }

    UcumTerm unit(bool power_of_ten) {
        UcumTerm term;
        term.kind = UcumTermKind::unit;
        const std::size_t begin = at_;
        if (power_of_ten) {
            at_ += 3;
        } else if (!skip_symbol()) {
            return term;
        }
        const std::string_view symbol = text_.substr(begin, at_ - begin);
        find(symbol, term);
        if (term.atom == nullptr) {
            fail(begin, "`" + std::string(symbol) + "` is no unit of UCUM" + suggestion(symbol));
            return term;
        }
        exponent(term);
        return term;
    }

    // To the symbol's end; what stands in square brackets belongs to it whole.
    bool skip_symbol() {
        while (at_ < text_.size() && !ends_symbol(text_[at_])) {
            if (!is_printable(text_[at_])) {
                fail(at_, "a unit has printable ASCII characters only, and no blanks");
                return false;
            }
            if (text_[at_] == '[') {
                const std::size_t end = text_.find(']', at_);
                if (end == std::string_view::npos) {
                    fail(at_, "`[` is not closed");
                    return false;
                }
                at_ = end;
            }
            ++at_;
        }
        return true;
    }

    // A unit's own symbol wins over a prefix and another unit (`cd` is the candela).
    static void find(std::string_view symbol, UcumTerm& term) {
        term.atom = find_ucum_atom(symbol);
        if (term.atom != nullptr) {
            return;
        }
        for (const UcumPrefix& prefix : ucum_prefixes()) {
            if (!symbol.starts_with(prefix.code)) {
                continue;
            }
            const UcumAtom* atom = find_ucum_atom(symbol.substr(prefix.code.size()));
            if (atom != nullptr && atom->metric == UcumMetric::yes) {
                term.prefix = &prefix;
                term.atom = atom;
                return;
            }
        }
    }

    void exponent(UcumTerm& term) {
        const std::size_t begin = at_;
        const bool has_sign = at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-');
        if (has_sign) {
            ++at_;
        }
        const std::size_t digits = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) {
            ++at_;
        }
        if (digits == at_) {
            if (has_sign) {
                fail(begin, "digits of an exponent are expected after the sign");
            }
            return;
        }
        const char* const first = text_.data() + digits;
        const auto read = std::from_chars(first, text_.data() + at_, term.exponent);
        if (read.ec != std::errc() || term.exponent > ucum_exponent_max) {
            fail(begin, "the exponent is greater than 999");
        }
        if (text_[begin] == '-') {
            term.exponent = -term.exponent;
        }
    }

    void annotation() {
        const std::size_t begin = at_;
        for (++at_; at_ < text_.size() && text_[at_] != '}'; ++at_) {
            if (!is_printable(text_[at_])) {
                fail(at_, "an annotation has printable ASCII characters only, and no blanks");
                return;
            }
            if (text_[at_] == '{') {
                fail(at_, "annotations do not nest");
                return;
            }
        }
        if (at_ == text_.size()) {
            fail(begin, "`{` is not closed");
            return;
        }
        ++at_;
    }

    void fail_between(const UcumTerm& before) {
        const bool symbol = !ends_symbol(text_[at_]);
        if (!is_printable(text_[at_])) {
            fail(at_, "a unit has printable ASCII characters only, and no blanks");
        } else if (before.kind == UcumTermKind::number && symbol) {
            fail(at_, "a number and a unit are joined by a point: `" + std::string(before.number) +
                          "." + std::string(text_.substr(at_, 1)) + "…`");
        } else if (before.kind == UcumTermKind::number && text_[at_] != '}') {
            fail(at_, "a number has no exponent; powers of ten are written `10*3`");
        } else {
            fail(at_, "`.` or `/` is expected before `" + std::string(text_.substr(at_, 1)) + "`");
        }
    }

    void fail(std::size_t at, std::string text) {
        if (!fault_) {
            fault_ = UcumFault{at, std::move(text)};
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<UcumFault> fault_;
};

}  // namespace

UcumSyntax parse_ucum(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace gateway
