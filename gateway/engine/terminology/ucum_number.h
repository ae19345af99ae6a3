// Exact fractions for factors of units, and their way from and to decimal text.
// Values; safe from any thread.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// Without expression templates: a result is a value at once, never a view of its operands.
using UcumInteger = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>,
                                                  boost::multiprecision::et_off>;
using UcumFraction = boost::multiprecision::number<
    boost::multiprecision::rational_adaptor<boost::multiprecision::cpp_int_backend<>>,
    boost::multiprecision::et_off>;

unsigned bits(const UcumInteger& value);

// "-12.50", "1e-7"; nothing if it is no number, or has more than 400 digits or powers of ten.
std::optional<UcumFraction> parse_fraction(std::string_view text);

// Nothing if it would be longer than `bits_max`, or is a negative power of zero.
std::optional<UcumFraction> power(const UcumFraction& base, int exponent, unsigned bits_max);

// A plain decimal of at most `digits` significant ones, rounded half away from zero, without zeros
// at the end of its fraction.
std::string decimal_text(const UcumFraction& value, int digits);

}  // namespace gateway
