#include "gateway/engine/fhirpath/system/decimal128.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace gateway {
namespace {

constexpr int power_max = 38;

constexpr std::array<Int128, power_max + 1> powers_of_ten() {
    std::array<Int128, power_max + 1> powers{};
    Int128 power = 1;
    for (std::size_t index = 0; index <= power_max; ++index) {
        powers[index] = power;
        if (index < power_max) {
            power *= 10;
        }
    }
    return powers;
}

constexpr auto powers = powers_of_ten();

Int128 power_of_ten(int exponent) {
    return powers[static_cast<std::size_t>(exponent)];
}

std::optional<Int128> times_power(Int128 value, int exponent) {
    if (value == 0) {
        return Int128{0};
    }
    if (exponent < 0 || exponent > power_max) {
        return std::nullopt;
    }
    Int128 product = 0;
    if (__builtin_mul_overflow(value, power_of_ten(exponent), &product)) {
        return std::nullopt;
    }
    return product;
}

struct Aligned {
    Int128 left;
    Int128 right;
    int scale;
};

// Both coefficients at the larger scale; nothing if that overflows.
std::optional<Aligned> align(const Decimal128& left, const Decimal128& right) {
    const int scale = std::max(left.scale(), right.scale());
    const auto left_wide = times_power(left.coefficient(), scale - left.scale());
    const auto right_wide = times_power(right.coefficient(), scale - right.scale());
    if (!left_wide || !right_wide) {
        return std::nullopt;
    }
    return Aligned{*left_wide, *right_wide, scale};
}

std::optional<Aligned> align_reduced(const Decimal128& left, const Decimal128& right) {
    if (auto aligned = align(left, right)) {
        return aligned;
    }
    return align(left.reduced(), right.reduced());
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The digits of an exponent with its sign; nothing if malformed or beyond any use.
std::optional<int> parse_exponent(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text.empty() || text.size() > 4 || !std::all_of(text.begin(), text.end(), is_digit)) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text) {
        value = value * 10 + (c - '0');
    }
    return negative ? -value : value;
}

std::optional<Decimal128> apply_exponent(Int128 coefficient, int scale, int exponent) {
    const int shifted = scale - exponent;
    if (shifted >= 0 && shifted <= power_max) {
        return Decimal128(coefficient, shifted);
    }
    if (shifted > power_max) {
        return std::nullopt;
    }
    const auto wide = times_power(coefficient, -shifted);
    if (!wide) {
        return std::nullopt;
    }
    return Decimal128(*wide, 0);
}

// How far the dividend is shifted so that the quotient has one digit more than division keeps.
int division_shift(const Decimal128& dividend, const Decimal128& divisor) {
    const int shift = Decimal128::division_digits + 1 - dividend.scale() + divisor.scale();
    return std::clamp(shift, 0, power_max);
}

}  // namespace

std::optional<Decimal128> Decimal128::parse(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    Int128 coefficient = 0;
    int scale = 0;
    bool after_point = false;
    bool has_digit = false;
    std::size_t index = 0;
    for (; index < text.size(); ++index) {
        const char c = text[index];
        if (c == '.' && !after_point && has_digit) {
            after_point = true;
            has_digit = false;  // at least one digit after the point
            continue;
        }
        if (!is_digit(c)) {
            break;
        }
        has_digit = true;
        if (after_point) {
            ++scale;
        }
        if (__builtin_mul_overflow(coefficient, Int128{10}, &coefficient)) {
            return std::nullopt;
        }
        if (__builtin_add_overflow(coefficient, Int128{c - '0'}, &coefficient)) {
            return std::nullopt;
        }
    }
    if (!has_digit) {
        return std::nullopt;
    }
    int exponent = 0;
    if (index < text.size()) {
        if (text[index] != 'e' && text[index] != 'E') {
            return std::nullopt;
        }
        const auto parsed = parse_exponent(text.substr(index + 1));
        if (!parsed) {
            return std::nullopt;
        }
        exponent = *parsed;
    }
    return apply_exponent(negative ? -coefficient : coefficient, scale, exponent);
}

bool Decimal128::is_whole() const {
    return scale_ == 0 || coefficient_ % power_of_ten(scale_) == 0;
}

std::optional<std::int64_t> Decimal128::to_integer() const {
    if (!is_whole()) {
        return std::nullopt;
    }
    const Int128 whole = coefficient_ / power_of_ten(scale_);
    if (whole > INT64_MAX || whole < INT64_MIN) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(whole);
}

std::string Decimal128::text() const {
    std::string digits;
    Int128 rest = coefficient_;
    const int sign = rest < 0 ? -1 : 1;
    do {
        digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10) * sign));
        rest /= 10;
    } while (rest != 0);
    while (digits.size() <= static_cast<std::size_t>(scale_)) {
        digits.push_back('0');
    }
    if (sign < 0) {
        digits.push_back('-');
    }
    std::reverse(digits.begin(), digits.end());
    if (scale_ > 0) {
        digits.insert(digits.size() - static_cast<std::size_t>(scale_), 1, '.');
    }
    return digits;
}

double Decimal128::approximate() const {
    return static_cast<double>(coefficient_) / std::pow(10.0, scale_);
}

Decimal128 Decimal128::reduced() const {
    Decimal128 result = *this;
    while (result.scale_ > 0 && result.coefficient_ % 10 == 0) {
        result.coefficient_ /= 10;
        --result.scale_;
    }
    return result;
}

Decimal128 Decimal128::rounded(int scale) const {
    if (scale >= scale_) {
        return *this;
    }
    const Int128 unit = power_of_ten(scale_ - scale);
    Int128 quotient = coefficient_ / unit;
    const Int128 rest = coefficient_ % unit;
    const Int128 magnitude = rest < 0 ? -rest : rest;
    if (magnitude >= unit - magnitude) {
        quotient += coefficient_ < 0 ? -1 : 1;
    }
    return {quotient, scale};
}

Decimal128 Decimal128::truncated(int scale) const {
    if (scale >= scale_) {
        return *this;
    }
    return {coefficient_ / power_of_ten(scale_ - scale), scale};
}

Decimal128 Decimal128::floored(int scale) const {
    const Decimal128 cut = truncated(scale);
    const bool has_rest = scale < scale_ && coefficient_ % power_of_ten(scale_ - scale) != 0;
    return has_rest && coefficient_ < 0 ? Decimal128{cut.coefficient_ - 1, cut.scale_} : cut;
}

Decimal128 Decimal128::ceiled(int scale) const {
    return negated().floored(scale).negated();
}

std::optional<Decimal128> Decimal128::widened(int scale) const {
    if (scale <= scale_) {
        return *this;
    }
    const auto wide = times_power(coefficient_, scale - scale_);
    if (!wide) {
        return std::nullopt;
    }
    return Decimal128(*wide, scale);
}

std::strong_ordering compare(const Decimal128& left, const Decimal128& right) {
    if (left.scale() == right.scale()) {
        return left.coefficient() <=> right.coefficient();
    }
    if (const auto aligned = align_reduced(left, right)) {
        return aligned->left <=> aligned->right;
    }
    // One of the two is too large to be written at the other's scale: their magnitudes differ.
    return left.approximate() < right.approximate() ? std::strong_ordering::less
                                                    : std::strong_ordering::greater;
}

std::optional<Decimal128> add(const Decimal128& left, const Decimal128& right) {
    const auto aligned = align_reduced(left, right);
    if (!aligned) {
        return std::nullopt;
    }
    Int128 sum = 0;
    if (__builtin_add_overflow(aligned->left, aligned->right, &sum)) {
        return std::nullopt;
    }
    return Decimal128(sum, aligned->scale);
}

std::optional<Decimal128> subtract(const Decimal128& left, const Decimal128& right) {
    return add(left, right.negated());
}

std::optional<Decimal128> multiply(const Decimal128& left, const Decimal128& right) {
    const int scale = left.scale() + right.scale();
    Int128 product = 0;
    if (scale <= power_max &&
        !__builtin_mul_overflow(left.coefficient(), right.coefficient(), &product)) {
        return Decimal128(product, scale);
    }
    const Decimal128 left_short = left.reduced();
    const Decimal128 right_short = right.reduced();
    const int short_scale = left_short.scale() + right_short.scale();
    if (short_scale > power_max ||
        __builtin_mul_overflow(left_short.coefficient(), right_short.coefficient(), &product)) {
        return std::nullopt;
    }
    return Decimal128(product, short_scale);
}

std::optional<Decimal128> divide(const Decimal128& left, const Decimal128& right) {
    if (right.is_zero()) {
        return std::nullopt;
    }
    const Decimal128 dividend = left.reduced();
    const Decimal128 divisor = right.reduced();
    // One digit more than is kept, as far as 38 digits reach, so that the last one can be rounded.
    int extra = division_shift(dividend, divisor);
    std::optional<Int128> numerator;
    while (!(numerator = times_power(dividend.coefficient(), extra))) {
        --extra;
    }
    int scale = dividend.scale() - divisor.scale() + extra;
    Int128 quotient = *numerator / divisor.coefficient();
    if (scale < 0) {
        const auto wide = times_power(quotient, -scale);
        if (!wide) {
            return std::nullopt;
        }
        quotient = *wide;
        scale = 0;
    }
    if (scale > power_max) {
        return Decimal128(0, 0);
    }
    return Decimal128(quotient, scale).rounded(Decimal128::division_digits).reduced();
}

std::optional<Decimal128> divide_whole(const Decimal128& left, const Decimal128& right) {
    if (right.is_zero()) {
        return std::nullopt;
    }
    const auto aligned = align_reduced(left, right);
    if (!aligned) {
        return std::nullopt;
    }
    return Decimal128(aligned->left / aligned->right, 0);
}

std::optional<Decimal128> remainder(const Decimal128& left, const Decimal128& right) {
    if (right.is_zero()) {
        return std::nullopt;
    }
    const auto aligned = align_reduced(left, right);
    if (!aligned) {
        return std::nullopt;
    }
    return Decimal128(aligned->left % aligned->right, aligned->scale);
}

std::optional<Decimal128> from_double(double value, int digits) {
    if (!std::isfinite(value)) {
        return std::nullopt;
    }
    std::array<char, 64> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), "%.*e", digits - 1, value);
    const auto parsed = Decimal128::parse({buffer.data(), static_cast<std::size_t>(size)});
    if (!parsed) {
        return std::fabs(value) < 1.0 ? std::optional(Decimal128()) : std::nullopt;
    }
    return parsed->reduced();
}

}  // namespace gateway
