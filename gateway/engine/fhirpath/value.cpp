#include "gateway/engine/fhirpath/value.h"

#include <algorithm>
#include <limits>

namespace gateway {

Value Value::of(const Document& document, NodeId node, TypeId type) {
    Value value(ValueType::node);
    value.content_.node = {&document, node};
    value.node_type_ = type;
    return value;
}

Value Value::of(bool boolean) {
    Value value(ValueType::boolean);
    value.content_.boolean = boolean;
    return value;
}

Value Value::of_integer(std::int64_t integer) {
    Value value(ValueType::integer);
    value.content_.integer = integer;
    return value;
}

Value Value::of_long(std::int64_t integer) {
    Value value(ValueType::long_integer);
    value.content_.integer = integer;
    return value;
}

Value Value::of(const Decimal128& decimal) {
    Value value(ValueType::decimal);
    const auto bits = static_cast<__uint128_t>(decimal.coefficient());
    value.content_.decimal = {static_cast<std::uint64_t>(bits),
                              static_cast<std::uint64_t>(bits >> 64U)};
    value.scale_ = static_cast<std::int16_t>(decimal.scale());
    return value;
}

Value Value::of_string(std::string_view text) {
    Value value(ValueType::string);
    value.content_.string = {text.data(), text.size()};
    return value;
}

Value Value::of_date(const PartialTime& date) {
    Value value(ValueType::date);
    value.content_.time = date;
    return value;
}

Value Value::of_date_time(const PartialTime& date_time) {
    Value value(ValueType::date_time);
    value.content_.time = date_time;
    return value;
}

Value Value::of_time(const PartialTime& time) {
    Value value(ValueType::time);
    value.content_.time = time;
    return value;
}

Value Value::of(const Quantity* quantity) {
    Value value(ValueType::quantity);
    value.content_.quantity = quantity;
    return value;
}

Value Value::of(const TypeName* type_name) {
    Value value(ValueType::type);
    value.content_.type_name = type_name;
    return value;
}

Decimal128 Value::decimal() const {
    const auto bits =
        (static_cast<__uint128_t>(content_.decimal.high) << 64U) | content_.decimal.low;
    return {static_cast<Int128>(bits), scale_};
}

std::string text_of(const Value& value) {
    switch (value.type()) {
        case ValueType::node:
            return std::string(value.document().value(value.node()));
        case ValueType::boolean:
            return value.boolean() ? "true" : "false";
        case ValueType::integer:
        case ValueType::long_integer:
            return std::to_string(value.integer());
        case ValueType::decimal:
            return value.decimal().text();
        case ValueType::string:
            return std::string(value.string());
        case ValueType::date:
            return date_text(value.time());
        case ValueType::date_time:
            return date_time_text(value.time());
        case ValueType::time:
            return time_text(value.time());
        case ValueType::quantity:
            return text_of(value.quantity());
        case ValueType::type:
            return std::string(value.type_name().space) + "." + std::string(value.type_name().name);
    }
    return {};
}

std::string text_of(const Quantity& quantity) {
    const std::string unit(quantity.unit);
    const std::string number = quantity.value.text();
    return quantity.calendar ? number + " " + unit : number + " '" + unit + "'";
}

std::string_view name_of(ValueType type) {
    switch (type) {
        case ValueType::node:
            return "node";
        case ValueType::boolean:
            return "Boolean";
        case ValueType::integer:
            return "Integer";
        case ValueType::long_integer:
            return "Long";
        case ValueType::decimal:
            return "Decimal";
        case ValueType::string:
            return "String";
        case ValueType::date:
            return "Date";
        case ValueType::date_time:
            return "DateTime";
        case ValueType::time:
            return "Time";
        case ValueType::quantity:
            return "Quantity";
        case ValueType::type:
            return "ClassInfo";
    }
    return {};
}

Collection::Collection(std::span<const Value> values)
    : heap_(values.size() > small_capacity ? std::make_unique<Value[]>(values.size()) : nullptr),
      size_(static_cast<std::uint32_t>(values.size())),
      capacity_(std::max(size_, small_capacity)) {
    std::copy(values.begin(), values.end(), data());
}

Collection::Collection(const Collection& other) : Collection(other.values()) {
}

Collection::Collection(Collection&& other) noexcept
    : heap_(std::move(other.heap_)), size_(other.size_), capacity_(other.capacity_) {
    std::copy(std::begin(other.small_), std::end(other.small_), small_);
    other.size_ = 0;
    other.capacity_ = small_capacity;
}

Collection& Collection::operator=(const Collection& other) {
    if (this != &other) {
        *this = Collection(other);
    }
    return *this;
}

Collection& Collection::operator=(Collection&& other) noexcept {
    std::swap(heap_, other.heap_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap_ranges(std::begin(small_), std::end(small_), other.small_);
    return *this;
}

void Collection::push_back(const Value& value) {
    const Value copy = value;  // it may lie in the buffer that is about to move
    if (size_ == capacity_) {
        reserve(capacity_ * 2);
    }
    data()[size_++] = copy;
}

void Collection::reserve(std::uint32_t capacity) {
    if (capacity <= capacity_) {
        return;
    }
    auto larger = std::make_unique<Value[]>(capacity);
    std::copy(begin(), end(), larger.get());
    heap_ = std::move(larger);
    capacity_ = capacity;
}

}  // namespace gateway
