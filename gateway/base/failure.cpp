#include "gateway/base/failure.h"

#include <stdexcept>
#include <utility>

namespace gateway {

namespace {

constexpr CategoryMeaning meaning_of(Category category) {
    switch (category) {
        case Category::invalid:
            return {"invalid", 400, "invalid", "AE", "102", false};
        case Category::unauthenticated:
            return {"unauthenticated", 401, "login", "AR", "207", false};
        case Category::forbidden:
            return {"forbidden", 403, "forbidden", "AR", "207", false};
        case Category::not_found:
            return {"not_found", 404, "not-found", "AE", "204", false};
        case Category::conflict:
            return {"conflict", 409, "conflict", "AE", "205", false};
        case Category::too_large:
            return {"too_large", 413, "too-long", "AR", "207", false};
        case Category::unprocessable:
            return {"unprocessable", 422, "processing", "AE", "207", false};
        case Category::busy:
            return {"busy", 429, "throttled", "AE", "207", true};
        case Category::unavailable:
            return {"unavailable", 503, "transient", "AE", "207", true};
        case Category::fault:
            return {"fault", 500, "exception", "AE", "207", true};
        case Category::method_not_allowed:
            return {"method_not_allowed", 405, "not-supported", "AR", "200", false};
        case Category::not_acceptable:
            return {"not_acceptable", 406, "not-supported", "AR", "203", false};
        case Category::timeout:
            return {"timeout", 408, "timeout", "AE", "207", true};
        case Category::length_required:
            return {"length_required", 411, "required", "AR", "207", false};
        case Category::precondition:
            return {"precondition", 412, "conflict", "AE", "205", false};
        case Category::unsupported_media:
            return {"unsupported_media", 415, "not-supported", "AR", "200", false};
        case Category::too_early:
            return {"too_early", 425, "duplicate", "AE", "205", true};
    }
    throw std::logic_error("unknown failure category");
}

// `describe` hands out references, so each meaning needs a home.
struct Table {
    CategoryMeaning rows[static_cast<int>(Category::too_early) + 1];
};

constexpr Table make_table() {
    Table table{};
    for (int i = 0; i <= static_cast<int>(Category::too_early); ++i) {
        table.rows[i] = meaning_of(static_cast<Category>(i));
    }
    return table;
}

constexpr Table meanings = make_table();

}  // namespace

const CategoryMeaning& describe(Category category) {
    return meanings.rows[static_cast<int>(category)];
}

Failure::Failure(Category category, std::string external, std::string internal, Issues issues)
    : category_(category),
      external_(std::move(external)),
      internal_(std::move(internal)),
      issues_(std::move(issues)) {
}

}  // namespace gateway
