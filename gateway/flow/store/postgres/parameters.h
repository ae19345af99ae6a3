// The parameters of one run of a statement as libpq takes them, in binary form. Views of the
// caller's values, which must outlive it.
// https://www.postgresql.org/docs/15/libpq-exec.html#LIBPQ-PQEXECPARAMS
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/flow/store/sql/connection.h"

namespace gateway::postgres {

inline constexpr int binary_format = 1;

// Of a built-in type: https://www.postgresql.org/docs/15/catalog-pg-type.html
using TypeNumber = unsigned int;

inline constexpr TypeNumber bytea_type = 17;

class Parameters final {
public:
    // Throws `PostgresError` where a value is too long.
    // NOLINTNEXTLINE(google-explicit-constructor): it copies no list, it takes one
    explicit Parameters(sql::Values values);

    void add_number(std::int64_t number) { add(sql::Value::Content(number)); }

    int count() const { return static_cast<int>(types_.size()); }

    const TypeNumber* types() const { return types_.data(); }

    const char* const* texts() const { return texts_.data(); }

    const int* lengths() const { return lengths_.data(); }

    std::vector<int> formats() const { return std::vector<int>(types_.size(), binary_format); }

private:
    void add(const sql::Value::Content& content);
    void push(TypeNumber type, std::string_view bytes);

    std::deque<std::array<char, 8>> numbers_;
    std::deque<std::string> escaped_;
    std::vector<TypeNumber> types_;
    std::vector<const char*> texts_;
    std::vector<int> lengths_;
};

}  // namespace gateway::postgres
