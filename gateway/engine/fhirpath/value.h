// What FHIRPath expressions yield: nodes of a document, and values of the System types.
// A Value is 24 bytes and trivially copied; it views texts and quantities that the document, the
// program or the EvaluationContext own, so it must not outlive any of the three it came from, and
// the document must stay where it is.
// https://hl7.org/fhirpath/N1/#data-types
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/system/decimal128.h"
#include "gateway/engine/fhirpath/system/partial_time.h"
#include "gateway/format/document/document.h"

namespace gateway {

enum class ValueType : std::uint8_t {
    node,
    boolean,
    integer,
    long_integer,
    decimal,
    string,
    date,
    date_time,
    time,
    quantity,
    type,  // what type() yields: namespace and name
};

// `unit` is a UCUM code, or a calendar word in the singular (`year`, `month`, …): N1 #quantity.
struct Quantity {
    Decimal128 value;
    std::string_view unit = "1";
    bool calendar = false;
};

struct TypeName {
    std::string_view space;  // "System", "FHIR"
    std::string_view name;
};

class Value {
public:
    Value() : type_(ValueType::boolean) {}

    static Value of(const Document& document, NodeId node, TypeId type = no_type);
    static Value of(bool boolean);
    static Value of_integer(std::int64_t integer);
    static Value of_long(std::int64_t integer);
    static Value of(const Decimal128& decimal);
    // The text must live as long as the value.
    static Value of_string(std::string_view text);
    static Value of_date(const PartialTime& date);
    static Value of_date_time(const PartialTime& date_time);
    static Value of_time(const PartialTime& time);
    static Value of(const Quantity* quantity);
    static Value of(const TypeName* type_name);

    ValueType type() const { return type_; }

    bool is_node() const { return type_ == ValueType::node; }

    bool is_temporal() const {
        return type_ == ValueType::date || type_ == ValueType::date_time ||
               type_ == ValueType::time;
    }

    // Nodes.
    const Document& document() const { return *content_.node.document; }

    NodeId node() const { return content_.node.id; }

    TypeId node_type() const { return node_type_; }

    // System values: only for a value of that type.
    bool boolean() const { return content_.boolean; }

    std::int64_t integer() const { return content_.integer; }

    Decimal128 decimal() const;

    std::string_view string() const { return {content_.string.data, content_.string.size}; }

    const PartialTime& time() const { return content_.time; }

    const Quantity& quantity() const { return *content_.quantity; }

    const TypeName& type_name() const { return *content_.type_name; }

private:
    struct NodePlace {
        const Document* document;
        NodeId id;
    };

    struct StringView {
        const char* data;
        std::size_t size;
    };

    struct Coefficient {
        std::uint64_t low;
        std::uint64_t high;
    };

    explicit Value(ValueType type) : type_(type) {}

    union Content {
        Content() : integer(0) {}

        NodePlace node;
        bool boolean;
        std::int64_t integer;
        Coefficient decimal;
        StringView string;
        PartialTime time;
        const Quantity* quantity;
        const TypeName* type_name;
    };

    Content content_;
    ValueType type_;
    std::int16_t scale_ = 0;
    TypeId node_type_ = no_type;
};

static_assert(sizeof(Value) == 24);

// The text as FHIR JSON would carry it, without quotes: `2015-02-04`, `1.10`, `true`; of a node its
// value; of a quantity `4 'mg'`.
std::string text_of(const Value& value);
std::string text_of(const Quantity& quantity);

// The System type of a value ("Boolean", "DateTime", …); "node" for a node.
std::string_view name_of(ValueType type);

// An ordered list of values; up to two need no allocation.
class Collection {
public:
    Collection() = default;

    Collection(std::initializer_list<Value> values)
        : Collection(std::span(values.begin(), values.size())) {}

    explicit Collection(std::span<const Value> values);
    Collection(const Collection& other);
    Collection(Collection&& other) noexcept;
    Collection& operator=(const Collection& other);
    Collection& operator=(Collection&& other) noexcept;
    ~Collection() = default;

    bool empty() const { return size_ == 0; }

    std::size_t size() const { return size_; }

    const Value* data() const { return heap_ == nullptr ? small_ : heap_.get(); }

    Value* data() { return heap_ == nullptr ? small_ : heap_.get(); }

    const Value& operator[](std::size_t index) const { return data()[index]; }

    const Value& front() const { return data()[0]; }

    const Value* begin() const { return data(); }

    const Value* end() const { return data() + size_; }

    std::span<const Value> values() const { return {data(), size_}; }

    void push_back(const Value& value);

    void clear() { size_ = 0; }

private:
    static constexpr std::uint32_t small_capacity = 2;

    void reserve(std::uint32_t capacity);

    Value small_[small_capacity];
    std::unique_ptr<Value[]> heap_;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = small_capacity;
};

}  // namespace gateway
