#include "gateway/engine/terminology/ucum_number.h"

#include <charconv>
#include <cstdlib>

namespace gateway {
namespace {

constexpr std::size_t digits_max = 400;
constexpr int powers_max = 400;

UcumInteger power_of_ten(int exponent) {
    return boost::multiprecision::pow(UcumInteger(10), static_cast<unsigned>(exponent));
}

bool is_all_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The exponent behind `e`; nothing if it is none.
std::optional<int> parse_exponent(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    int exponent = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, exponent);
    if (read.ec != std::errc() || read.ptr != end || std::abs(exponent) > powers_max) {
        return std::nullopt;
    }
    return exponent;
}

}  // namespace

unsigned bits(const UcumInteger& value) {
    return value == 0 ? 0 : static_cast<unsigned>(msb(boost::multiprecision::abs(value))) + 1;
}

std::optional<UcumFraction> parse_fraction(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    int exponent = 0;
    if (const std::size_t mark = text.find_first_of("eE"); mark != std::string_view::npos) {
        const auto read = parse_exponent(text.substr(mark + 1));
        if (!read) {
            return std::nullopt;
        }
        exponent = *read;
        text = text.substr(0, mark);
    }
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    const std::string digits = std::string(whole) + std::string(fraction);
    if (digits.empty() || digits.size() > digits_max || !is_all_digits(digits)) {
        return std::nullopt;
    }
    exponent -= static_cast<int>(fraction.size());
    // Boost takes a leading zero for an octal number.
    const std::size_t first = digits.find_first_not_of('0');
    const UcumInteger magnitude(first == std::string::npos ? "0" : digits.substr(first));
    const UcumFraction value = exponent < 0 ? UcumFraction(magnitude, power_of_ten(-exponent))
                                            : UcumFraction(magnitude * power_of_ten(exponent));
    return negative ? -value : value;
}

std::optional<UcumFraction> power(const UcumFraction& base, int exponent, unsigned bits_max) {
    const auto times = static_cast<unsigned>(std::abs(exponent));
    const auto longer = std::max(bits(numerator(base)), bits(denominator(base)));
    if ((longer > 1 && longer * times > bits_max + longer) || (base == 0 && exponent < 0)) {
        return std::nullopt;
    }
    const UcumInteger above = boost::multiprecision::pow(numerator(base), times);
    const UcumInteger below = boost::multiprecision::pow(denominator(base), times);
    return exponent < 0 ? UcumFraction(below, above) : UcumFraction(above, below);
}

std::string decimal_text(const UcumFraction& value, int digits) {
    if (value == 0) {
        return "0";
    }
    const UcumInteger above = boost::multiprecision::abs(numerator(value));
    const UcumInteger below = denominator(value);
    // One digit more or less than the length of the quotient.
    int scale =
        digits - static_cast<int>(above.str().size()) + static_cast<int>(below.str().size());
    const auto scaled = [&](int to) {
        const UcumInteger dividend = to < 0 ? above : above * power_of_ten(to);
        const UcumInteger divisor = to < 0 ? below * power_of_ten(-to) : below;
        return (dividend * 2 + divisor) / (divisor * 2);
    };
    std::string text = scaled(scale).str();
    while (text.size() > static_cast<std::size_t>(digits)) {
        text = scaled(--scale).str();
    }
    if (scale <= 0) {
        text.append(static_cast<std::size_t>(-scale), '0');
    } else {
        const auto fraction = static_cast<std::size_t>(scale);
        if (text.size() <= fraction) {
            text.insert(0, fraction + 1 - text.size(), '0');
        }
        text.insert(text.size() - fraction, 1, '.');
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') {
            text.pop_back();
        }
    }
    return value < 0 ? "-" + text : text;
}

}  // namespace gateway
