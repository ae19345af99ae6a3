#include "gateway/engine/terminology/ucum.h"

#include <algorithm>
#include <map>

#include "gateway/engine/terminology/ucum_number.h"
#include "gateway/engine/terminology/ucum_scale.h"

namespace gateway {

// Exponents of what the unit is made of: the base units and the arbitrary ones.
using UcumDimension = std::map<const UcumAtom*, int>;

struct UcumForm {
    UcumFraction factor = 1;
    UcumDimension dimension{};
    UcumScale scale = UcumScale::proper;  // a special one: of the whole unit
    UcumFraction prefix = 1;              // of a special unit
};

namespace {

// No unit of use comes near; an exponent that makes a number of megabytes does.
constexpr unsigned factor_bits_max = 8192;

bool is_special(UcumScale scale) {
    return scale != UcumScale::base && scale != UcumScale::proper && scale != UcumScale::arbitrary;
}

bool is_too_large(const UcumFraction& factor) {
    return bits(numerator(factor)) > factor_bits_max || bits(denominator(factor)) > factor_bits_max;
}

// Nothing: a factor out of bounds, or a special unit in a product (UCUM §22).
using MaybeForm = std::optional<UcumForm>;

MaybeForm form_of(const std::vector<UcumTerm>& terms);

bool multiply_into(UcumForm& product, const UcumForm& other, int exponent) {
    if (is_special(other.scale) || is_special(product.scale)) {
        return false;
    }
    const auto factor = power(other.factor, exponent, factor_bits_max);
    if (!factor) {
        return false;
    }
    product.factor *= *factor;
    for (const auto& [atom, own] : other.dimension) {
        const int sum = (product.dimension[atom] += own * exponent);
        if (sum == 0) {
            product.dimension.erase(atom);
        }
    }
    return !is_too_large(product.factor);
}

MaybeForm form_of(const UcumAtom& atom) {
    UcumForm form;
    // An arbitrary unit that is another by name ([IU]) is that one.
    if (atom.scale == UcumScale::base || (atom.scale == UcumScale::arbitrary && atom.unit == "1")) {
        form.dimension[&atom] = 1;
        return form;
    }
    const UcumSyntax definition = parse_ucum(atom.unit);
    auto made_of = definition.fault ? std::nullopt : form_of(definition.terms);
    if (!made_of) {
        return std::nullopt;
    }
    made_of->factor *= parse_fraction(atom.value).value_or(1);
    if (is_special(atom.scale)) {
        made_of->scale = atom.scale;
    }
    return made_of;
}

MaybeForm form_of(const UcumTerm& term) {
    switch (term.kind) {
        case UcumTermKind::annotation:
            return UcumForm{};
        case UcumTermKind::number:
            return UcumForm{.factor = parse_fraction(term.number).value_or(0)};
        case UcumTermKind::group:
            return form_of(term.group);
        case UcumTermKind::unit:
            break;
    }
    auto form = form_of(*term.atom);
    if (!form || term.prefix == nullptr) {
        return form;
    }
    const UcumFraction prefix = parse_fraction(term.prefix->value).value_or(1);
    (is_special(form->scale) ? form->prefix : form->factor) *= prefix;
    return form;
}

MaybeForm form_of(const std::vector<UcumTerm>& terms) {
    if (terms.size() == 1 && !terms.front().divides && terms.front().exponent == 1) {
        return form_of(terms.front());
    }
    UcumForm product;
    for (const UcumTerm& term : terms) {
        const auto form = form_of(term);
        const int exponent = term.divides ? -term.exponent : term.exponent;
        // Zero has no place in a quotient.
        if (!form || (form->factor == 0 && exponent < 0) ||
            !multiply_into(product, *form, exponent)) {
            return std::nullopt;
        }
    }
    return product;
}

std::string display_of(const std::vector<UcumTerm>& terms) {
    std::string text;
    for (const UcumTerm& term : terms) {
        if (term.kind == UcumTermKind::annotation) {
            continue;
        }
        if (term.divides) {
            text += text.empty() ? "1 / " : " / ";
        } else if (!text.empty()) {
            text += " * ";
        }
        if (term.kind == UcumTermKind::number) {
            text += term.number;
            continue;
        }
        if (term.kind == UcumTermKind::group) {
            text += "(" + display_of(term.group) + ")";
            continue;
        }
        text += "(" + std::string(term.prefix == nullptr ? "" : term.prefix->name) +
                std::string(term.atom->name);
        text += term.exponent == 1 ? ")" : " ^ " + std::to_string(term.exponent) + ")";
    }
    return text.empty() ? "(unity)" : text;
}

// As one component of a product: in brackets if it has several. Only a whole unit starts with `/`.
std::string as_component(std::string_view code) {
    if (code.find_first_of("./") == std::string_view::npos) {
        return std::string(code);
    }
    return (code.front() == '/' ? "(1" : "(") + std::string(code) + ")";
}

}  // namespace

std::optional<UcumUnit> UcumUnit::read(std::string_view code) {
    if (code.empty()) {
        return UcumUnit(std::make_shared<const UcumForm>());
    }
    const UcumSyntax syntax = parse_ucum(code);
    if (syntax.fault) {
        return std::nullopt;
    }
    auto form = form_of(syntax.terms);
    if (!form) {
        return UcumUnit(nullptr);
    }
    return UcumUnit(std::make_shared<const UcumForm>(*std::move(form)));
}

bool UcumUnit::is_comparable_to(const UcumUnit& other) const {
    return form_ != nullptr && other.form_ != nullptr &&
           form_->dimension == other.form_->dimension && form_->factor != 0 &&
           other.form_->factor != 0;
}

bool UcumUnit::is_larger_than(const UcumUnit& other) const {
    return is_comparable_to(other) && form_->factor > other.form_->factor;
}

std::string UcumUnit::dimension() const {
    std::string text;
    if (form_ != nullptr) {
        // A map by address goes through one table in its order.
        for (const auto& [atom, exponent] : form_->dimension) {
            text += (text.empty() ? "" : ".") + std::string(atom->code);
            text += exponent == 1 ? "" : std::to_string(exponent);
        }
    }
    return text.empty() ? "1" : text;
}

std::optional<UcumFault> ucum_fault(std::string_view code) {
    return parse_ucum(code).fault;
}

std::optional<std::string> convert(std::string_view value, const UcumUnit& from, const UcumUnit& to,
                                   int digits) {
    const auto number = parse_fraction(value);
    if (!number || !from.is_comparable_to(to)) {
        return std::nullopt;
    }
    const UcumForm& source = *from.form_;
    const UcumForm& target = *to.form_;
    const auto ratio = to_ratio(source.scale, *number * source.prefix);
    if (!ratio) {
        return std::nullopt;
    }
    const auto result = from_ratio(target.scale, ratio->value * source.factor / target.factor);
    if (!result) {
        return std::nullopt;
    }
    const bool exact = ratio->exact && result->exact;
    return decimal_text(result->value / target.prefix,
                        exact ? digits : std::min(digits, ucum_function_digits));
}

std::string ucum_product(std::string_view left, std::string_view right) {
    return std::string(left) + "." + as_component(right);
}

std::string ucum_quotient(std::string_view left, std::string_view right) {
    return std::string(left) + "/" + as_component(right);
}

std::optional<std::string> ucum_display(std::string_view code) {
    const UcumSyntax syntax = parse_ucum(code);
    if (syntax.fault && !code.empty()) {
        return std::nullopt;
    }
    return display_of(syntax.terms);
}

}  // namespace gateway
