// A step that cannot go on. Thrown, and caught in five places only (docs: gateway/README.md,
// "errors"); data problems are `Issue`s and are returned instead.
// Neither text may hold patient data: `external` may go to the peer, `internal` to the log.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "gateway/base/issue.h"

namespace gateway {

// The closed set of ways to fail. `describe` is the only table that gives them meaning on a wire.
enum class Category {
    invalid,
    unauthenticated,
    forbidden,
    not_found,
    conflict,
    too_large,
    unprocessable,
    busy,
    unavailable,
    fault,
    method_not_allowed,
    not_acceptable,
    timeout,
    length_required,
    precondition,
    unsupported_media,
    too_early,
};

// One row per category: HTTP status and FHIR issue code (R4 http.html, valueset-issue-type.html),
// MSA-1 (HL7 table 0008) and ERR-3 (HL7 table 0357), and whether the same request may succeed
// later.
struct CategoryMeaning {
    std::string_view name;
    int http_status;
    std::string_view issue_code;
    std::string_view msa_1;
    std::string_view err_3;
    bool retryable;
};

const CategoryMeaning& describe(Category category);

class Failure final : public std::exception {
public:
    Failure(Category category, std::string external, std::string internal = {}, Issues issues = {});

    Category category() const { return category_; }

    // Safe to send to the peer that caused it.
    const std::string& external() const { return external_; }

    // For the log of the operator; falls back to the external text.
    const std::string& internal() const { return internal_.empty() ? external_ : internal_; }

    const Issues& issues() const { return issues_; }

    const char* what() const noexcept override { return internal().c_str(); }

private:
    Category category_;
    std::string external_;
    std::string internal_;
    Issues issues_;
};

}  // namespace gateway
