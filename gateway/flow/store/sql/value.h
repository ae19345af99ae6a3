// A value to bind to a parameter of a statement: an integer, a text, bytes or NULL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"

namespace gateway::sql {

struct Blob {
    std::string_view bytes;
};

// A value to bind. Views: what it was made from must outlive the query.
class Value final {
public:
    using Content = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

    // NOLINTBEGIN(google-explicit-constructor): a query's values are written as they are
    Value(std::nullptr_t) : content_(nullptr) {}

    Value(std::int64_t number) : content_(number) {}

    Value(std::uint64_t number) : content_(static_cast<std::int64_t>(number)) {}

    Value(std::string_view text) : content_(text) {}

    Value(const std::string& text) : content_(std::string_view{text}) {}

    Value(const char* text) : content_(std::string_view{text}) {}

    Value(Instant at) : content_(std::int64_t{at.time_since_epoch().count()}) {}

    Value(const Sha256& digest);
    // NOLINTEND(google-explicit-constructor)
    Value(std::string&& gone_too_soon) = delete;

    static Value blob(std::string_view bytes);

    const Content& content() const { return content_; }

private:
    explicit Value(Blob blob) : content_(blob) {}

    Content content_;
};

// Those of one run, in order. A view, as a list in braces is.
class Values final {
public:
    // NOLINTBEGIN(google-explicit-constructor): a query's values are written as they are
    Values(std::initializer_list<Value> list) : values_(std::data(list), list.size()) {}

    Values(const std::vector<Value>& values) : values_(values) {}

    // NOLINTEND(google-explicit-constructor)

    std::size_t size() const { return values_.size(); }

    auto begin() const { return values_.begin(); }

    auto end() const { return values_.end(); }

private:
    std::span<const Value> values_;
};

}  // namespace gateway::sql
