// Equality, equivalence and order of values and collections (N1 #equality, #comparison).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/value.h"

namespace gateway {

// `=`; nothing where precision or units leave it open. Nodes are equal by value, or, for objects,
// by all their children in any order of names.
std::optional<bool> equal(Evaluator& evaluator, const Value& left, const Value& right);

// `~`: case and space of texts do not count, decimals are compared at the lesser precision.
bool equivalent(Evaluator& evaluator, const Value& left, const Value& right);

// Two ranges of the stack, in order; nothing if either is empty or a comparison is open.
std::optional<bool> equal_ranges(Evaluator& evaluator, std::span<const Value> left,
                                 std::span<const Value> right);

// In any order.
bool equivalent_ranges(Evaluator& evaluator, std::span<const Value> left,
                       std::span<const Value> right);

enum class ValueOrder { less, equal, greater, unknown, incomparable };

ValueOrder order(Evaluator& evaluator, const Value& left, const Value& right);

// The same for equal values; of use for sets.
std::uint64_t hash_of(Evaluator& evaluator, const Value& value);

// Of the values from `begin` on the stack, keeps the first of those that are equal.
void keep_distinct(Evaluator& evaluator, std::size_t begin);

// A set of values under `=`, in order of insertion; refers to values by position on the stack.
class ValueSetIndex {
public:
    explicit ValueSetIndex(Evaluator& evaluator) : evaluator_(evaluator) {}

    // False if an equal value is in already.
    bool insert(const Value& value);

    bool contains(const Value& value);

private:
    struct Entry {
        std::uint64_t hash = 0;
        Value value;
    };

    static constexpr std::size_t linear_max = 8;

    bool find(const Value& value, std::uint64_t hash);
    void grow();
    void place(std::uint32_t entry);

    Evaluator& evaluator_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> slots_;  // open addressing, once there are more than linear_max
};

}  // namespace gateway
