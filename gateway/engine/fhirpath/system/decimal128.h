// FHIRPath's Decimal as a small value: a 128-bit coefficient and a decimal scale, exact to 38
// digits, so that a number costs no allocation. The scale is kept (`1.10` stays `1.10`); comparison
// ignores trailing zeros. Every operation that would need more digits answers nothing instead of
// rounding, except division and the functions of mathematics, which round half away from zero at
// `division_digits` digits after the point.
// Values; safe from any thread. https://hl7.org/fhirpath/N1/#decimal
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

__extension__ using Int128 = __int128;

class Decimal128 {
public:
    static constexpr int digits_max = 38;
    static constexpr int division_digits = 20;

    constexpr Decimal128() = default;

    constexpr Decimal128(Int128 coefficient, int scale)
        : coefficient_(coefficient), scale_(scale) {}

    static constexpr Decimal128 of_integer(std::int64_t value) { return {value, 0}; }

    // "-12.50", "1e2"; nothing if it is no number or needs more than 38 digits.
    static std::optional<Decimal128> parse(std::string_view text);

    Int128 coefficient() const { return coefficient_; }

    int scale() const { return scale_; }

    bool is_zero() const { return coefficient_ == 0; }

    bool is_negative() const { return coefficient_ < 0; }

    // No fraction other than zeros.
    bool is_whole() const;

    // Digits as written after leading zeros: `1.58700` has 5 after the point (FHIRPath
    // precision()).
    std::optional<std::int64_t> to_integer() const;

    std::string text() const;

    double approximate() const;

    // Without zeros at the end of the fraction.
    Decimal128 reduced() const;

    Decimal128 negated() const { return {-coefficient_, scale_}; }

    // At most `scale` digits after the point, half away from zero.
    Decimal128 rounded(int scale) const;

    // Exactly `scale` digits after the point, towards minus or plus infinity, or zero.
    Decimal128 floored(int scale) const;
    Decimal128 ceiled(int scale) const;
    Decimal128 truncated(int scale) const;

    // Zeros appended up to `scale`; nothing if there is no room.
    std::optional<Decimal128> widened(int scale) const;

private:
    Int128 coefficient_ = 0;
    int scale_ = 0;
};

std::strong_ordering compare(const Decimal128& left, const Decimal128& right);
std::optional<Decimal128> add(const Decimal128& left, const Decimal128& right);
std::optional<Decimal128> subtract(const Decimal128& left, const Decimal128& right);
std::optional<Decimal128> multiply(const Decimal128& left, const Decimal128& right);

// Nothing on division by zero.
std::optional<Decimal128> divide(const Decimal128& left, const Decimal128& right);
std::optional<Decimal128> divide_whole(const Decimal128& left, const Decimal128& right);
std::optional<Decimal128> remainder(const Decimal128& left, const Decimal128& right);

// The nearest decimal of a finite double with `digits` significant digits.
std::optional<Decimal128> from_double(double value, int digits = 15);

}  // namespace gateway
