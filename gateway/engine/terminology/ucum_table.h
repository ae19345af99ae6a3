// The units and prefixes that UCUM defines, as its table has them (case-sensitive codes). Constant;
// safe from any thread. https://ucum.org/ucum#section-Prefixes-and-Units-Used
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gateway {

// A unit that takes a prefix (UCUM §11).
enum class UcumMetric : std::uint8_t { no, yes };

// What a unit measures on. The seven base units and those made of them are proper. An arbitrary
// unit is comparable with nothing but itself (§24-25). The others are special (§21-22): their
// number is a function of the ratio of the measured thing to `value` times `unit`.
enum class UcumScale : std::uint8_t {
    base,
    proper,
    arbitrary,
    celsius,
    fahrenheit,
    reaumur,
    hundred_tangents,
    negative_lg,
    ln,
    lg,
    lg_times_2,
    ld,
    square_root,
    potency_10,
    potency_100,
    potency_1000,
    potency_50000,
};

struct UcumAtom {
    std::string_view code;
    std::string_view name;
    std::string_view value;  // how many of `unit` it is, as written
    std::string_view unit;   // a UCUM expression; empty: a base unit
    UcumMetric metric;
    UcumScale scale;
};

struct UcumPrefix {
    std::string_view code;
    std::string_view name;
    std::string_view value;
};

// The base units first, in the order of UCUM §28.
std::span<const UcumAtom> ucum_atoms();
std::span<const UcumPrefix> ucum_prefixes();

const UcumAtom* find_ucum_atom(std::string_view code);

}  // namespace gateway
