#include "gateway/engine/terminology/ucum_scale.h"

#include <cmath>
#include <cstdint>

namespace gateway {
namespace {

// What a scale of temperature adds to its own number to count from absolute zero.
std::optional<UcumFraction> zero_of(UcumScale scale) {
    switch (scale) {
        case UcumScale::celsius:
            return UcumFraction(27315, 100);
        case UcumScale::fahrenheit:
            return UcumFraction(45967, 100);
        case UcumScale::reaumur:
            return UcumFraction(21852, 100);
        case UcumScale::base:
        case UcumScale::proper:
        case UcumScale::arbitrary:
            return UcumFraction(0);
        default:
            return std::nullopt;
    }
}

// The base of a potency: each step dilutes by it.
long double potency_base(UcumScale scale) {
    switch (scale) {
        case UcumScale::potency_100:
            return 100;
        case UcumScale::potency_1000:
            return 1000;
        case UcumScale::potency_50000:
            return 50000;
        default:
            return 10;
    }
}

long double ratio_of(UcumScale scale, long double value) {
    switch (scale) {
        case UcumScale::hundred_tangents:
            return std::atan(value / 100);
        case UcumScale::ln:
            return std::exp(value);
        case UcumScale::lg:
            return std::pow(10.0L, value);
        case UcumScale::lg_times_2:
            return std::pow(10.0L, value / 2);
        case UcumScale::ld:
            return std::exp2(value);
        case UcumScale::square_root:
            return value * value;
        default:
            return std::pow(potency_base(scale), -value);
    }
}

long double number_of(UcumScale scale, long double ratio) {
    switch (scale) {
        case UcumScale::hundred_tangents:
            return std::tan(ratio) * 100;
        case UcumScale::ln:
            return std::log(ratio);
        case UcumScale::lg:
            return std::log10(ratio);
        case UcumScale::lg_times_2:
            return std::log10(ratio) * 2;
        case UcumScale::ld:
            return std::log2(ratio);
        case UcumScale::square_root:
            return std::sqrt(ratio);
        default:
            return -std::log(ratio) / std::log(potency_base(scale));
    }
}

std::optional<ScaledValue> finite(long double value) {
    if (!std::isfinite(value)) {
        return std::nullopt;
    }
    // The shortest way from binary to an exact fraction.
    int exponent = 0;
    const long double mantissa = std::frexp(value, &exponent);
    constexpr int mantissa_bits = 62;
    const auto whole = static_cast<std::int64_t>(std::ldexp(mantissa, mantissa_bits));
    UcumFraction result{UcumInteger(whole)};
    exponent -= mantissa_bits;
    const UcumInteger power = UcumInteger(1) << static_cast<unsigned>(std::abs(exponent));
    if (exponent < 0) {
        result /= UcumFraction(power);
    } else {
        result *= UcumFraction(power);
    }
    return ScaledValue{result, false};
}

}  // namespace

std::optional<ScaledValue> to_ratio(UcumScale scale, const UcumFraction& value) {
    if (const auto zero = zero_of(scale)) {
        return ScaledValue{value + *zero};
    }
    return finite(ratio_of(scale, value.convert_to<long double>()));
}

std::optional<ScaledValue> from_ratio(UcumScale scale, const UcumFraction& value) {
    if (const auto zero = zero_of(scale)) {
        return ScaledValue{value - *zero};
    }
    return finite(number_of(scale, value.convert_to<long double>()));
}

}  // namespace gateway
