// A compiled expression: steps that refer to each other by index, names resolved, each with the
// function that runs it. Immutable; shared by all threads.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/program.h"
#include "gateway/engine/fhirpath/value.h"

namespace re2 {
class RE2;
}

namespace gateway {

class Evaluator;
struct PathStep;
struct PathScope;

using StepId = std::uint32_t;
inline constexpr StepId no_step = 0xFFFFFFFFU;
inline constexpr NameId no_name = 0xFFFFFFFFU;
inline constexpr std::uint32_t no_variable = 0xFFFFFFFFU;

// Puts the step's result on top of the evaluator's stack.
using StepRun = void (*)(Evaluator&, const PathStep&, const PathScope&);

// What $this, $index and $total are for a step; ranges of the evaluator's stack.
struct PathScope {
    std::size_t this_begin = 0;
    std::size_t this_end = 0;
    std::int64_t index = -1;  // -1: outside any iteration
    std::size_t total_begin = 0;
    std::size_t total_end = 0;
};

// A type specifier. An unqualified name may mean a FHIR and a System type at once (`Quantity`).
struct PathTypeTest {
    std::string name;  // unqualified
    bool is_system = false;
    ValueType system = ValueType::node;
    TypeId fhir = no_type;
    bool by_resource_name = false;  // no Schema: compared with resourceType
};

// What is known of a step's values before it runs: for strict checks and `explain`.
struct PathType {
    enum class Kind : std::uint8_t { any, empty, system, node };

    Kind kind = Kind::any;
    ValueType system = ValueType::node;
    std::vector<TypeId> nodes{};  // one of these
    bool single = false;          // never more than one value
    bool ordered = true;
};

// A member whose input type is known when compiling: the child it reads, and its type.
struct PathChild {
    NameId name = 0;
    TypeId type = no_type;
};

struct PathStep {
    StepRun run = nullptr;
    std::uint32_t offset = 0;  // in the expression
    StepId target = no_step;
    std::vector<StepId> arguments{};
    std::string text{};                       // the name or operator as written
    NameId name = no_name;                    // of a member, in the shared table
    std::uint32_t variable = no_variable;     // of `%name`: its place in CompileContext::variables
    std::span<const ElementType> choices{};   // children that a choice stem may mean, type unknown
    TypeId known_input = no_type;             // for inputs of this type …
    std::vector<PathChild> known_children{};  // … these children are read
    PathTypeTest type{};
    Value literal{};
    bool descending = false;  // of a key of sort()
    bool takes_many = false;  // of as(): filters instead of refusing several values
    // Of matches() and its like where the pattern is a literal: compiled once, not for every value.
    std::shared_ptr<const re2::RE2> pattern{};
    PathType result{};
};

struct PathCode {
    std::string source;
    std::string text;  // the part of `source` that runs
    Position start;    // of `source` in the text that held it
    const NameTable* names = nullptr;
    const Schema* schema = nullptr;
    std::vector<PathStep> steps;
    std::deque<std::string> texts;    // of string literals
    std::deque<Quantity> quantities;  // of quantity literals
    StepId root = no_step;

    const PathStep& operator[](StepId id) const { return steps[id]; }
};

}  // namespace gateway
