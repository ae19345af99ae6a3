// A UCUM unit expression as it is written: terms joined by `.` and `/`, each a unit with prefix and
// exponent, a number, a group in brackets or an annotation. Nesting is bounded. The terms view the
// text. Safe from any thread. https://ucum.org/ucum#section-Grammar-of-Units-and-Unit-Terms
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/terminology/ucum_table.h"

namespace gateway {

enum class UcumTermKind { unit, number, group, annotation };

struct UcumTerm {
    UcumTermKind kind = UcumTermKind::annotation;
    bool divides = false;
    const UcumPrefix* prefix = nullptr;  // of a unit
    const UcumAtom* atom = nullptr;
    int exponent = 1;
    std::string_view number{};
    std::vector<UcumTerm> group{};
};

struct UcumFault {
    std::size_t at = 0;  // byte offset in the text
    std::string text;    // one sentence: what is wrong, and what may have been meant
};

struct UcumSyntax {
    std::vector<UcumTerm> terms;
    bool starts_with_solidus = false;
    std::optional<UcumFault> fault;
};

inline constexpr int ucum_depth_max = 16;
inline constexpr int ucum_exponent_max = 999;
inline constexpr std::size_t ucum_length_max = 256;

UcumSyntax parse_ucum(std::string_view text);

}  // namespace gateway
