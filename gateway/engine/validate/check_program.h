// The schema turned into what the walk needs, once: for each type a small table from JSON name to
// what a member of that name must be. Immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/validate/invariants.h"
#include "gateway/format/document/name_table.h"
#include "gateway/format/fhir/primitive.h"

namespace gateway {

// What stands behind a JSON name.
enum class MemberShape : std::uint8_t { primitive, object, resource };

// Where the code of a required binding stands.
enum class CodedAs : std::uint8_t { nothing, code, coding, concept_codings };

// Rules that a type has beyond those of its elements.
enum class TypeRule : std::uint8_t { none, attachment, extension, narrative, reference };

struct MemberCheck {
    NameId json_name = 0;
    const Element* element = nullptr;
    const ElementType* type = nullptr;
    std::uint16_t slot = 0;  // of the element in its type
    MemberShape shape = MemberShape::object;
    Primitive primitive = Primitive::string;  // only where the shape is primitive
    CodedAs coded = CodedAs::nothing;
    const ValueSet* codes = nullptr;  // of a required binding that the pack can enumerate
    InvariantList invariants = {};    // of the element, and of its type unless that is a resource
};

class TypeCheck {
public:
    TypeCheck(const Schema& schema, TypeId id, InvariantPrograms& invariants);

    TypeId id() const { return id_; }

    const Type& type() const { return *type_; }

    TypeRule rule() const { return rule_; }

    // The member of that JSON name; null if the type has none.
    const MemberCheck* member(NameId json_name) const;

    std::span<const MemberCheck> members() const { return members_; }

    // Of a resource type; those of other types are with the members.
    InvariantList invariants() const { return invariants_; }

    // Slots of the elements with a minimum.
    std::span<const std::uint16_t> required() const { return required_; }

private:
    static constexpr std::uint16_t empty = 0xFFFF;

    void add_member(const Schema& schema, const Element& element, const ElementType& type,
                    InvariantPrograms& invariants);
    void build_buckets();
    std::size_t bucket_of(NameId name) const;

    TypeId id_;
    const Type* type_;
    TypeRule rule_ = TypeRule::none;
    std::vector<MemberCheck> members_;
    std::vector<std::uint16_t> buckets_;  // open addressing, indices of members_
    std::vector<std::uint16_t> required_;
    InvariantList invariants_;
};

// Names that the walk meets by meaning.
struct CheckNames {
    explicit CheckNames(const NameTable& names);

    NameId code;
    NameId coding;
    NameId contained;
    NameId data;
    NameId div;
    NameId entry;
    NameId extension;
    NameId full_url;
    NameId id;
    NameId identifier;
    NameId meta;
    NameId modifier_extension;
    NameId reference;
    NameId request;
    NameId resource;
    NameId resource_type;
    NameId response;
    NameId search;
    NameId size;
    NameId status;
    NameId system;
    NameId timestamp;
    NameId total;
    NameId type;
    NameId url;
    NameId value;
    NameId version_id;
};

struct CheckProgram {
    explicit CheckProgram(const Schema& of);

    const Schema& schema;
    CheckNames names;
    InvariantPrograms invariants;
    std::vector<TypeCheck> types;  // indexed by TypeId
    TypeId bundle;
    TypeId domain_resource;
};

}  // namespace gateway
