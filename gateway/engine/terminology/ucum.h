// Units of UCUM (case-sensitive codes): whether a code is one, what it measures, and numbers
// carried over from one unit to another. Factors are exact fractions; only logarithms, roots and
// tangents go through floating point. Values; safe from any thread. https://ucum.org/ucum
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/engine/terminology/ucum_syntax.h"

namespace gateway {

struct UcumForm;  // factor and dimensions: ucum.cpp

class UcumUnit {
public:
    // Nothing if the code is no unit of UCUM; `ucum_fault` says why.
    static std::optional<UcumUnit> read(std::string_view code);

    // Both measure the same, so that `convert` has an answer. Special units are comparable with
    // what they are defined by, but not as part of a product (UCUM §22).
    bool is_comparable_to(const UcumUnit& other) const;

    // One of this unit is more than one of `other`. Proper units that are comparable.
    bool is_larger_than(const UcumUnit& other) const;

    // In base units, in the order of UCUM's table: "m.s-2.g"; the unity is "1".
    std::string dimension() const;

private:
    explicit UcumUnit(std::shared_ptr<const UcumForm> form) : form_(std::move(form)) {}

    friend std::optional<std::string> convert(std::string_view value, const UcumUnit& from,
                                              const UcumUnit& to, int digits);

    std::shared_ptr<const UcumForm> form_;
};

std::optional<UcumFault> ucum_fault(std::string_view code);

// `value` ("6.30", "1e-7") of `from` in `to`: a plain decimal, exact if `digits` significant digits
// hold it, else rounded half away from zero. Nothing if the units are not comparable, `value` is no
// number, or the function of a special unit has no value there.
inline constexpr int ucum_digits = 34;
std::optional<std::string> convert(std::string_view value, const UcumUnit& from, const UcumUnit& to,
                                   int digits = ucum_digits);

// The unit of a product or quotient: "cm.m", "g/(kg.h)".
std::string ucum_product(std::string_view left, std::string_view right);
std::string ucum_quotient(std::string_view left, std::string_view right);

// For people: "(meter ^ 3) * (kilogram ^ -1)"; nothing if the code is no unit. Empty is the unity.
std::optional<std::string> ucum_display(std::string_view code);

}  // namespace gateway
