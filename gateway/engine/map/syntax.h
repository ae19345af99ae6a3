// A mapping file as written, before anything in it is looked up. Offsets are bytes from the start
// of the file. Plain values; see parser.h for how they come about.
// https://hl7.org/fhir/R4/mapping-language.html and the R5 grammar (mapping.g4)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/engine/fhirpath/program.h"

namespace gateway {

// One file: its name is what faults call it.
struct MapFile {
    std::string name;
    std::string text;
};

struct Word {
    std::string text;
    std::uint32_t at = 0;

    bool empty() const { return text.empty(); }
};

enum class ParameterMode : std::uint8_t { source, target };
enum class StructureMode : std::uint8_t { source, queried, target, produced };
enum class SourceListMode : std::uint8_t { none, first, not_first, last, not_last, only_one };
enum class TargetListMode : std::uint8_t { none, first, share, last, single, collate };
enum class GroupTypes : std::uint8_t { none, types, type_and_types };  // <<types>>, <<type+>>

struct StructureSyntax {
    Word url;
    Word alias;  // empty: the last part of the url
    StructureMode mode = StructureMode::source;
};

struct ConstantSyntax {
    Word name;
    std::optional<ParsedExpression> expression;
};

struct ConceptMapSyntax {
    struct Row {
        Word source_prefix;
        Word source_code;
        std::string relation;  // "-", "==", …
        Word target_prefix;
        Word target_code;
    };

    struct Prefix {
        Word name;
        std::string url;
    };

    struct Unmapped {
        Word prefix;
        Word mode;  // `provided`, or the code that is always given
    };

    Word url;  // without a leading #
    std::vector<Prefix> prefixes;
    std::vector<Unmapped> unmapped;
    std::vector<Row> rows;
};

// `var.a.b`; a context alone has no steps.
struct PathReference {
    Word context;
    std::vector<Word> steps;
};

struct LiteralSyntax {
    enum class Kind : std::uint8_t { string, integer, decimal, boolean, date, date_time, time };

    Kind kind = Kind::string;
    std::string text;
};

struct ArgumentSyntax;

struct CallSyntax {
    Word name;
    std::vector<ArgumentSyntax> arguments;
};

struct ArgumentSyntax {
    std::uint32_t at = 0;
    std::variant<LiteralSyntax, PathReference, CallSyntax, ParsedExpression> content;
};

struct SourceSyntax {
    PathReference path;
    Word type;
    bool has_cardinality = false;
    std::uint32_t min = 0;
    std::uint32_t max = 0xFFFFFFFFU;
    SourceListMode list_mode = SourceListMode::none;
    Word alias;
    std::optional<ParsedExpression> default_value;
    std::optional<ParsedExpression> where;
    std::optional<ParsedExpression> check;
    std::optional<ArgumentSyntax> log;
};

struct TargetSyntax {
    std::uint32_t at = 0;
    PathReference path;  // context empty: a transform or an expression of its own
    // Literal, copy of a path, transform call, expression; monostate: none.
    std::variant<std::monostate, LiteralSyntax, PathReference, CallSyntax, ParsedExpression>
        transform;
    Word alias;
    TargetListMode list_mode = TargetListMode::none;
    Word share_key;
};

enum class RuleForm : std::uint8_t { full, simple_copy };

struct RuleSyntax {
    std::uint32_t at = 0;
    std::string name;
    RuleForm form = RuleForm::full;  // simple_copy: `a.b -> c.d;`, one source and one target
    std::vector<SourceSyntax> sources;
    std::vector<TargetSyntax> targets;
    std::vector<CallSyntax> dependents;
    std::vector<RuleSyntax> rules;
};

struct ParameterSyntax {
    ParameterMode mode = ParameterMode::source;
    Word name;
    Word type;
};

struct GroupSyntax {
    Word name;
    Word base;
    GroupTypes types = GroupTypes::none;
    std::vector<ParameterSyntax> parameters;
    std::vector<RuleSyntax> rules;
};

struct MetadataSyntax {
    Word path;  // "name", "jurisdiction.coding.code"
    std::string value;
};

struct MapSyntax {
    Word url;  // empty if the file names none
    std::string name;
    std::vector<MetadataSyntax> metadata;
    std::vector<ConceptMapSyntax> concept_maps;
    std::vector<StructureSyntax> structures;
    std::vector<Word> imports;
    std::vector<ConstantSyntax> constants;
    std::vector<GroupSyntax> groups;
};

}  // namespace gateway
