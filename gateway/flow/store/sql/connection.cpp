#include "gateway/flow/store/sql/connection.h"

#include <algorithm>
#include <chrono>

namespace gateway::sql {

Value::Value(const Sha256& digest)
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): both are bytes
    : content_(Blob{{reinterpret_cast<const char*>(digest.data()), digest.size()}}) {
}

Value Value::blob(std::string_view bytes) {
    return Value(Blob{bytes});
}

std::int64_t Connection::run(const char* sql, Values values) {
    Query query(*this, sql, values);
    while (query.step()) {
    }
    return query.statement_.rows_changed();
}

bool Connection::is_so(const char* sql, Values values) {
    return Query(*this, sql, values).step();
}

Query::Query(Connection& connection, const char* sql, Values values)
    : statement_(connection.prepared(sql)) {
    statement_.start(values);
}

Query::~Query() {
    statement_.reset();
}

Instant Query::instant(int column) const {
    return Instant(std::chrono::microseconds(integer(column)));
}

Sha256 Query::digest(int column) const {
    const std::string_view bytes = blob(column);
    Sha256 digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return digest;
}

}  // namespace gateway::sql
