#include "gateway/engine/fhirpath/comparison.h"

#include <algorithm>
#include <cctype>
#include <compare>
#include <string>

#include "gateway/base/text.h"
#include "gateway/engine/fhirpath/arithmetic.h"
#include "gateway/engine/fhirpath/system/quantity.h"

namespace gateway {
namespace {

constexpr int depth_max = 256;

std::optional<Quantity> as_quantity(const Value& value) {
    if (value.type() == ValueType::quantity) {
        return value.quantity();
    }
    if (is_number(value)) {
        return Quantity{as_decimal(value)};
    }
    return std::nullopt;
}

// Whether the text of a node without a type may stand for another type.
bool is_untyped_text(const Value& original, const Value& system) {
    return original.is_node() && original.node_type() == no_type &&
           system.type() == ValueType::string;
}

Value read_as(const Value& text, ValueType type) {
    if (type == ValueType::date || type == ValueType::date_time) {
        if (const auto time = parse_date_time(text.string())) {
            return time->precision <= TimePart::day ? Value::of_date(*time)
                                                    : Value::of_date_time(*time);
        }
    }
    if (type == ValueType::time) {
        if (const auto time = parse_time(text.string())) {
            return Value::of_time(*time);
        }
    }
    return text;
}

struct SystemPair {
    Value left;
    Value right;
};

// Both as System values; nothing if either is an object.
std::optional<SystemPair> system_pair(Evaluator& evaluator, const Value& left, const Value& right) {
    const auto left_value = evaluator.system_value(left);
    if (!left_value) {
        return std::nullopt;
    }
    const auto right_value = evaluator.system_value(right);
    if (!right_value) {
        return std::nullopt;
    }
    SystemPair pair{*left_value, *right_value};
    if (is_untyped_text(left, pair.left) && pair.right.is_temporal()) {
        pair.left = read_as(pair.left, pair.right.type());
    }
    if (is_untyped_text(right, pair.right) && pair.left.is_temporal()) {
        pair.right = read_as(pair.right, pair.left.type());
    }
    return pair;
}

bool both_dated(const Value& left, const Value& right) {
    return left.is_temporal() && right.is_temporal() && left.type() != ValueType::time &&
           right.type() != ValueType::time;
}

PartialOrder time_order(const Value& left, const Value& right) {
    return left.type() == ValueType::time ? compare_times(left.time(), right.time())
                                          : compare_dates(left.time(), right.time());
}

std::optional<bool> equal_quantities(const Quantity& left, const Quantity& right) {
    const auto pair = in_one_unit(left, right, UnitMatch::exact);
    if (pair) {
        return compare(pair->left, pair->right) == std::strong_ordering::equal;
    }
    // Calendar years and UCUM's `a` may or may not be the same length; other units that differ
    // cannot be compared either, unless they are known not to measure the same.
    return std::nullopt;
}

std::optional<bool> equal_values(const Value& left, const Value& right) {
    if (left.type() == ValueType::string && right.type() == ValueType::string) {
        return left.string() == right.string();
    }
    if (is_whole_number(left) && is_whole_number(right)) {
        return left.integer() == right.integer();
    }
    if (is_number(left) && is_number(right)) {
        return compare(as_decimal(left), as_decimal(right)) == std::strong_ordering::equal;
    }
    if (left.type() == ValueType::boolean && right.type() == ValueType::boolean) {
        return left.boolean() == right.boolean();
    }
    if (both_dated(left, right) ||
        (left.type() == ValueType::time && right.type() == ValueType::time)) {
        const PartialOrder order = time_order(left, right);
        if (order == PartialOrder::unknown) {
            return std::nullopt;
        }
        return order == PartialOrder::equal;
    }
    if (left.type() == ValueType::quantity || right.type() == ValueType::quantity) {
        const auto left_quantity = as_quantity(left);
        const auto right_quantity = as_quantity(right);
        if (left_quantity && right_quantity) {
            return equal_quantities(*left_quantity, *right_quantity);
        }
        return false;
    }
    if (left.type() == ValueType::type && right.type() == ValueType::type) {
        return left.type_name().space == right.type_name().space &&
               left.type_name().name == right.type_name().name;
    }
    return false;
}

// A text with case and the kind of white space taken away (N1 #equivalent).
std::string folded(std::string_view text) {
    std::string result;
    for (const char c : trimmed(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isspace(byte) != 0) {
            if (result.back() != ' ') {
                result.push_back(' ');
            }
        } else {
            result.push_back(static_cast<char>(std::tolower(byte)));
        }
    }
    return result;
}

bool equivalent_decimals(const Decimal128& left, const Decimal128& right) {
    // Zeros at the end do not make a number more precise (N1 #equivalent).
    const Decimal128 left_short = left.reduced();
    const Decimal128 right_short = right.reduced();
    const int scale = std::min(left_short.scale(), right_short.scale());
    return compare(left_short.rounded(scale), right_short.rounded(scale)) ==
           std::strong_ordering::equal;
}

bool equivalent_values(const Value& left, const Value& right) {
    if (left.type() == ValueType::string && right.type() == ValueType::string) {
        return left.string() == right.string() || folded(left.string()) == folded(right.string());
    }
    if (is_number(left) && is_number(right)) {
        return equivalent_decimals(as_decimal(left), as_decimal(right));
    }
    if (left.type() == ValueType::quantity || right.type() == ValueType::quantity) {
        const auto left_quantity = as_quantity(left);
        const auto right_quantity = as_quantity(right);
        if (!left_quantity || !right_quantity) {
            return false;
        }
        const auto pair = in_one_unit(*left_quantity, *right_quantity, UnitMatch::loose);
        return pair && equivalent_decimals(pair->left, pair->right);
    }
    return equal_values(left, right).value_or(false);
}

Value child_value_of(const Evaluator& evaluator, const Value& parent, NodeId child) {
    TypeId type = no_type;
    if (evaluator.schema() != nullptr && parent.node_type() != no_type) {
        const Document& document = parent.document();
        const auto match = evaluator.schema()->element(parent.node_type(), document.name_id(child));
        if (match) {
            type = match.type->type;
        }
    }
    return Value::of(parent.document(), child, type);
}

std::size_t child_count(const Document& document, NodeId node) {
    std::size_t count = 0;
    for (NodeId child = document.first_child(node); child != no_node;
         child = document.next(child)) {
        ++count;
    }
    return count;
}

// The n-th child of that name, so that the order of different names does not matter.
NodeId matching_child(const Document& document, NodeId node, std::string_view name,
                      std::size_t index) {
    for (NodeId child = document.first_child(node); child != no_node;
         child = document.next(child)) {
        if (document.name(child) == name && index-- == 0) {
            return child;
        }
    }
    return no_node;
}

enum class Comparison { equality, equivalence };

class NodeComparison {
public:
    NodeComparison(Evaluator& evaluator, Comparison comparison)
        : evaluator_(evaluator), comparison_(comparison) {}

    std::optional<bool> compare(const Value& left, const Value& right, int depth) {
        evaluator_.count_step();
        if (same_node(left, right)) {
            return true;
        }
        if (const auto pair = system_pair(evaluator_, left, right)) {
            if (comparison_ == Comparison::equality) {
                return equal_values(pair->left, pair->right);
            }
            return equivalent_values(pair->left, pair->right);
        }
        if (!left.is_node() || !right.is_node() || depth > depth_max) {
            return false;
        }
        return compare_children(left, right, depth);
    }

private:
    static bool same_node(const Value& left, const Value& right) {
        return left.is_node() && right.is_node() && &left.document() == &right.document() &&
               left.node() == right.node();
    }

    std::optional<bool> compare_children(const Value& left, const Value& right, int depth) {
        const Document& left_document = left.document();
        const Document& right_document = right.document();
        if (left_document.has_value(left.node()) != right_document.has_value(right.node()) ||
            child_count(left_document, left.node()) != child_count(right_document, right.node())) {
            return false;
        }
        bool open = false;
        NodeId previous = no_node;
        std::size_t index = 0;
        for (NodeId child = left_document.first_child(left.node()); child != no_node;
             child = left_document.next(child)) {
            const bool repeated = previous != no_node &&
                                  left_document.name_id(previous) == left_document.name_id(child);
            index = repeated ? index + 1 : 0;
            previous = child;
            const NodeId other =
                matching_child(right_document, right.node(), left_document.name(child), index);
            if (other == no_node) {
                return false;
            }
            const auto same = compare(child_value_of(evaluator_, left, child),
                                      child_value_of(evaluator_, right, other), depth + 1);
            if (same && !*same) {
                return false;
            }
            open = open || !same;
        }
        return open ? std::nullopt : std::optional(true);
    }

    Evaluator& evaluator_;
    Comparison comparison_;
};

std::uint64_t mix(std::uint64_t hash, std::uint64_t part) {
    hash ^= part + 0x9E3779B97F4A7C15ULL + (hash << 6U) + (hash >> 2U);
    return hash;
}

std::uint64_t hash_value(const Value& value) {
    switch (value.type()) {
        case ValueType::string:
            return std::hash<std::string_view>{}(value.string());
        case ValueType::boolean:
            return value.boolean() ? 1 : 2;
        case ValueType::integer:
        case ValueType::long_integer:
        case ValueType::decimal:
        case ValueType::quantity:
            // Equal numbers may be written differently, equal quantities in different units.
            return 3;
        case ValueType::date:
        case ValueType::date_time:
            // The year alone: a DateTime in another offset may be the same instant.
            return 4;
        case ValueType::time:
            return 5;
        case ValueType::type:
        case ValueType::node:
            return 6;
    }
    return 0;
}

std::uint64_t hash_number(const Value& value) {
    const Decimal128 reduced = as_decimal(value).reduced();
    return mix(static_cast<std::uint64_t>(reduced.coefficient()),
               static_cast<std::uint64_t>(reduced.scale()));
}

}  // namespace

std::optional<bool> equal(Evaluator& evaluator, const Value& left, const Value& right) {
    return NodeComparison(evaluator, Comparison::equality).compare(left, right, 0);
}

bool equivalent(Evaluator& evaluator, const Value& left, const Value& right) {
    return NodeComparison(evaluator, Comparison::equivalence)
        .compare(left, right, 0)
        .value_or(false);
}

std::optional<bool> equal_ranges(Evaluator& evaluator, std::span<const Value> left,
                                 std::span<const Value> right) {
    if (left.empty() || right.empty()) {
        return std::nullopt;
    }
    if (left.size() != right.size()) {
        return false;
    }
    bool open = false;
    for (std::size_t index = 0; index < left.size(); ++index) {
        const auto same = equal(evaluator, left[index], right[index]);
        if (same && !*same) {
            return false;
        }
        open = open || !same;
    }
    return open ? std::nullopt : std::optional(true);
}

bool equivalent_ranges(Evaluator& evaluator, std::span<const Value> left,
                       std::span<const Value> right) {
    if (left.size() != right.size()) {
        return false;
    }
    std::vector<bool> taken(right.size(), false);
    for (const Value& value : left) {
        std::size_t index = 0;
        while (index < right.size() &&
               (taken[index] || !equivalent(evaluator, value, right[index]))) {
            ++index;
        }
        if (index == right.size()) {
            return false;
        }
        taken[index] = true;
    }
    return true;
}

ValueOrder order(Evaluator& evaluator, const Value& left, const Value& right) {
    const auto pair = system_pair(evaluator, left, right);
    if (!pair) {
        return ValueOrder::incomparable;
    }
    const auto of = [](std::strong_ordering comparison) {
        if (std::is_lt(comparison)) {
            return ValueOrder::less;
        }
        return std::is_gt(comparison) ? ValueOrder::greater : ValueOrder::equal;
    };
    const Value& a = pair->left;
    const Value& b = pair->right;
    if (a.type() == ValueType::string && b.type() == ValueType::string) {
        return of(a.string() <=> b.string());
    }
    if (is_number(a) && is_number(b)) {
        return of(compare(as_decimal(a), as_decimal(b)));
    }
    if (both_dated(a, b) || (a.type() == ValueType::time && b.type() == ValueType::time)) {
        switch (time_order(a, b)) {
            case PartialOrder::less:
                return ValueOrder::less;
            case PartialOrder::equal:
                return ValueOrder::equal;
            case PartialOrder::greater:
                return ValueOrder::greater;
            case PartialOrder::unknown:
                return ValueOrder::unknown;
        }
    }
    const auto left_quantity = as_quantity(a);
    const auto right_quantity = as_quantity(b);
    if (!left_quantity || !right_quantity) {
        return ValueOrder::incomparable;
    }
    const auto values = in_one_unit(*left_quantity, *right_quantity, UnitMatch::exact);
    return values ? of(compare(values->left, values->right)) : ValueOrder::unknown;
}

std::uint64_t hash_of(Evaluator& evaluator, const Value& value) {
    const auto system = evaluator.system_value(value);
    if (system) {
        return is_number(*system) ? hash_number(*system) : hash_value(*system);
    }
    // Of an object only what every equal object shares cheaply: the number of its children and the
    // hash of its primitive ones that have texts, in any order.
    const Document& document = value.document();
    std::uint64_t sum = 0;
    for (NodeId child = document.first_child(value.node()); child != no_node;
         child = document.next(child)) {
        evaluator.count_step();
        if (document.kind(child) == ValueKind::string) {
            const auto text = evaluator.system_value(child_value_of(evaluator, value, child));
            sum += text ? hash_value(*text) : 0;
        }
        sum += std::hash<std::string_view>{}(document.name(child));
    }
    return sum;
}

void keep_distinct(Evaluator& evaluator, std::size_t begin) {
    const std::size_t end = evaluator.size();
    ValueSetIndex seen(evaluator);
    std::size_t kept = begin;
    for (std::size_t item = begin; item < end; ++item) {
        const Value value = evaluator.at(item);
        if (seen.insert(value)) {
            evaluator.at(kept++) = value;
        }
    }
    evaluator.drop_to(kept);
}

bool ValueSetIndex::find(const Value& value, std::uint64_t hash) {
    const auto same = [&](const Entry& entry) {
        return entry.hash == hash && equal(evaluator_, entry.value, value).value_or(false);
    };
    if (slots_.empty()) {
        return std::any_of(entries_.begin(), entries_.end(), same);
    }
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] != 0) {
        if (same(entries_[slots_[slot] - 1])) {
            return true;
        }
        slot = (slot + 1) & (slots_.size() - 1);
    }
    return false;
}

bool ValueSetIndex::insert(const Value& value) {
    const std::uint64_t hash = hash_of(evaluator_, value);
    if (find(value, hash)) {
        return false;
    }
    entries_.push_back({hash, value});
    if (entries_.size() > linear_max && entries_.size() * 2 > slots_.size()) {
        grow();
    } else if (!slots_.empty()) {
        place(static_cast<std::uint32_t>(entries_.size() - 1));
    }
    return true;
}

bool ValueSetIndex::contains(const Value& value) {
    return find(value, hash_of(evaluator_, value));
}

void ValueSetIndex::grow() {
    std::size_t size = 32;
    while (size < entries_.size() * 4) {
        size *= 2;
    }
    slots_.assign(size, 0);
    for (std::uint32_t entry = 0; entry < entries_.size(); ++entry) {
        place(entry);
    }
}

void ValueSetIndex::place(std::uint32_t entry) {
    std::size_t slot = entries_[entry].hash & (slots_.size() - 1);
    while (slots_[slot] != 0) {
        slot = (slot + 1) & (slots_.size() - 1);
    }
    slots_[slot] = entry + 1;
}

}  // namespace gateway
