#include "gateway/flow/store/postgres/parameters.h"

#include <limits>
#include <variant>

#include "gateway/flow/store/postgres/connection.h"
#include "gateway/flow/store/postgres/text_escape.h"

namespace gateway::postgres {

namespace {

constexpr TypeNumber int8_type = 20;
constexpr TypeNumber text_type = 25;
constexpr TypeNumber to_be_inferred = 0;

std::array<char, 8> in_network_order(std::int64_t number) {
    std::array<char, 8> bytes{};
    auto rest = static_cast<std::uint64_t>(number);
    for (std::size_t i = bytes.size(); i > 0; --i) {
        bytes.at(i - 1) = static_cast<char>(rest & 0xFFU);
        rest >>= 8U;
    }
    return bytes;
}

}  // namespace

Parameters::Parameters(sql::Values values) {
    for (const sql::Value& value : values) {
        add(value.content());
    }
}

void Parameters::add(const sql::Value::Content& content) {
    if (const auto* number = std::get_if<std::int64_t>(&content)) {
        const auto& bytes = numbers_.emplace_back(in_network_order(*number));
        push(int8_type, {bytes.data(), bytes.size()});
    } else if (const auto* text = std::get_if<std::string_view>(&content)) {
        push(text_type, is_plain_text(*text)
                            ? *text
                            : std::string_view(escaped_.emplace_back(escape_text(*text))));
    } else if (const auto* blob = std::get_if<sql::Blob>(&content)) {
        push(bytea_type, blob->bytes);
    } else {
        types_.push_back(to_be_inferred);
        texts_.push_back(nullptr);
        lengths_.push_back(0);
    }
}

void Parameters::push(TypeNumber type, std::string_view bytes) {
    if (bytes.size() > std::numeric_limits<int>::max()) {
        throw PostgresError("54000", "PostgreSQL: a value is too long");
    }
    types_.push_back(type);
    // A null pointer would be NULL.
    texts_.push_back(bytes.empty() ? "" : bytes.data());
    lengths_.push_back(static_cast<int>(bytes.size()));
}

}  // namespace gateway::postgres
