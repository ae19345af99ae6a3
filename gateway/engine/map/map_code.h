// What the linker makes and the runner follows: every name a number, every variable a slot, every
// expression a program. Immutable once linked; the runner keeps no state in it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/program.h"
#include "gateway/engine/fhirpath/value.h"
#include "gateway/engine/map/concept_maps.h"
#include "gateway/engine/map/map_trace.h"
#include "gateway/engine/map/syntax.h"

namespace gateway {

// A variable of the group's frame, or, with the high bit, a constant of the map.
using SlotId = std::uint16_t;
inline constexpr SlotId no_slot = 0xFFFF;
inline constexpr SlotId constant_bit = 0x8000;

using GroupId = std::uint32_t;
inline constexpr GroupId no_group = 0xFFFFFFFFU;

// A name that the shared table does not have: each document numbers it for itself.
inline constexpr NameId unshared_name = 0xFFFFFFFFU;

// One element name to follow in a source.
struct StepCode {
    NameId name = unshared_name;
    std::string text;
    // Where the name is the stem of a choice: the JSON names that it may have, sorted by name.
    std::span<const ElementType> choice;
    bool first_part = false;  // `c1` or `s1`: an undivided part answers with itself
    bool own_value = false;   // `value`: a primitive answers with itself
};

struct VariableUse {
    std::string name;
    SlotId slot = no_slot;
};

struct ExpressionCode {
    Program program;
    std::vector<VariableUse> variables;  // each once, bound by its place here
};

struct TransformCode;

// Something that is read: a literal, a variable with steps, what a transform makes, or an
// expression over the focus.
struct OperandCode {
    enum class Kind : std::uint8_t { literal, path, transform, expression };

    Kind kind = Kind::literal;
    LiteralSyntax literal;
    SlotId slot = no_slot;
    std::vector<StepCode> steps;
    std::shared_ptr<const TransformCode> transform;
    std::optional<ExpressionCode> expression;
};

enum class LogPurpose : std::uint8_t { none, trace, dropped, carried, warning, error };

struct SourceCode {
    SlotId context = no_slot;
    std::vector<StepCode> steps;
    SlotId item = no_slot;  // where the current item goes; a slot of its own even without `as`
    TypeId type = no_type;  // only items of that type
    bool has_cardinality = false;
    std::uint32_t min = 0;
    std::uint32_t max = unbounded;
    SourceListMode list_mode = SourceListMode::none;
    LogPurpose log_purpose = LogPurpose::none;
    std::optional<OperandCode> default_value;
    std::optional<OperandCode> where;
    std::optional<OperandCode> check;
    std::optional<OperandCode> log;
    std::string log_text;  // of a purpose: the reason or message
    std::string text;      // `pid.f3`, for messages
};

enum class TransformKind : std::uint8_t {
    none,
    copy,
    create,
    truncate,
    escape,
    cast,
    append,
    translate,
    reference,
    date_op,
    uuid,
    pointer,
    evaluate,
    codeable_concept,
    coding,
    quantity,
    identifier,
    contact_point,
    stable_id,
    v2_date_time,
    v2_date,
    v2_instant,
    v2_time,
    v2_timestamp,
    now,
};

struct TransformCode {
    TransformKind kind = TransformKind::none;
    std::vector<OperandCode> arguments;
    TypeId type = no_type;  // create, cast
    std::string type_name;  // the same as written; of a structure that the schema does not know
    const ConceptMapTable* concept_map = nullptr;
    TranslateOutput output = TranslateOutput::code;
};

// An element to make or set. `element` and `type` hold where the owner's type is known at link
// time; a node of another type looks the name up when it runs.
struct TargetStepCode {
    NameId name = unshared_name;
    std::string text;
    TypeId owner = no_type;
    const Element* element = nullptr;
    const ElementType* type = nullptr;  // none: a choice that the value decides
};

struct TargetCode {
    SlotId context = no_slot;  // none: the transform stands alone
    std::vector<TargetStepCode> steps;
    TransformCode transform;
    SlotId alias = no_slot;
    TargetListMode list_mode = TargetListMode::none;
    std::uint32_t share_key = 0;
    std::string text;  // `p.birthDate`, for messages
};

struct CallCode {
    GroupId group = no_group;
    std::vector<OperandCode> arguments;
};

struct RuleCode {
    RuleId id = no_rule;
    RuleForm form = RuleForm::full;
    std::vector<SourceCode> sources;
    std::vector<TargetCode> targets;
    std::vector<CallCode> calls;
    std::vector<RuleCode> rules;
};

struct ParameterCode {
    ParameterMode mode = ParameterMode::source;
    SlotId slot = no_slot;
    TypeId type = no_type;
    std::string name;
    std::string structure;  // the declared type as written
};

struct GroupCode {
    std::string name;
    std::uint32_t map = 0;
    GroupId base = no_group;
    std::vector<ParameterCode> parameters;
    std::vector<RuleCode> rules;
    std::uint32_t slots = 0;
};

struct ConstantCode {
    std::string name;
    std::optional<OperandCode> value;  // none: the host gives it
};

struct RuleEntry {
    std::uint32_t map = 0;
    GroupId group = no_group;
    std::string name;
    Position position;
};

struct MapEntry {
    std::string url;
    std::string name;
    std::string version;
    std::string file;
    std::string digest;
    GroupId entry = no_group;
    // <<types>> and <<type+>> groups that the map sees, by (source type << 32 | target type).
    std::unordered_map<std::uint64_t, GroupId> defaults;
    // <<type+>>: the target type for a source type.
    std::unordered_map<TypeId, TypeId> default_targets;
};

struct MapCode {
    std::shared_ptr<const NameTable> names;
    std::shared_ptr<const Schema> schema;
    std::vector<MapEntry> maps;
    std::vector<GroupCode> groups;
    std::vector<RuleEntry> rules;
    std::vector<ConstantCode> constants;  // in the order in which they can be evaluated
    std::vector<std::unique_ptr<const ConceptMapTable>> concept_maps;
};

constexpr std::uint64_t type_pair(TypeId source, TypeId target) {
    return (std::uint64_t{source} << 32U) | target;
}

}  // namespace gateway
