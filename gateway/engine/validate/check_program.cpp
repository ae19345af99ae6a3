#include "gateway/engine/validate/check_program.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

namespace gateway {

namespace {

NameId known(const NameTable& names, std::string_view name) {
    const auto id = names.find(name);
    if (!id) {
        throw std::logic_error("the schema lacks the name " + std::string{name});
    }
    return *id;
}

TypeRule rule_of(std::string_view type) {
    static constexpr std::pair<std::string_view, TypeRule> rules[] = {
        {"Attachment", TypeRule::attachment},
        {"Extension", TypeRule::extension},
        {"Narrative", TypeRule::narrative},
        {"Reference", TypeRule::reference},
    };
    const auto found =
        std::ranges::find(rules, type, &std::pair<std::string_view, TypeRule>::first);
    return found == std::end(rules) ? TypeRule::none : found->second;
}

MemberShape shape_of(const Type& type) {
    switch (type.kind) {
        case TypeKind::primitive:
            return MemberShape::primitive;
        case TypeKind::resource:
            return MemberShape::resource;
        case TypeKind::complex:
        case TypeKind::backbone:
            break;
    }
    return MemberShape::object;
}

CodedAs coded_as(const Type& type) {
    if (type.kind == TypeKind::primitive) {
        return CodedAs::code;
    }
    if (type.name == "Coding") {
        return CodedAs::coding;
    }
    return type.name == "CodeableConcept" ? CodedAs::concept_codings : CodedAs::nothing;
}

void add_once(std::vector<const Invariant*>& rules, std::span<const Invariant* const> more) {
    for (const Invariant* invariant : more) {
        if (std::ranges::find(rules, invariant) == rules.end()) {
            rules.push_back(invariant);
        }
    }
}

// Those of the member's type, and of the profile that narrows it (SimpleQuantity). A resource
// brings its own.
void add_invariants(std::vector<const Invariant*>& rules, const Schema& schema,
                    const ElementType& type) {
    if (schema.type(type.type).kind != TypeKind::resource) {
        add_once(rules, schema.type(type.type).invariants);
    }
    if (type.profile != no_type) {
        add_once(rules, schema.type(type.profile).invariants);
    }
}

}  // namespace

TypeCheck::TypeCheck(const Schema& schema, TypeId id, InvariantPrograms& invariants)
    : id_(id), type_(&schema.type(id)), rule_(rule_of(type_->name)) {
    for (std::size_t slot = 0; slot < type_->elements.size(); ++slot) {
        const Element& element = type_->elements[slot];
        for (const ElementType& type : element.types) {
            add_member(schema, element, type, invariants);
            members_.back().slot = static_cast<std::uint16_t>(slot);
        }
        if (element.min > 0) {
            required_.push_back(static_cast<std::uint16_t>(slot));
        }
    }
    if (type_->kind == TypeKind::resource) {
        invariants_ = invariants.select(type_->invariants);
    }
    build_buckets();
}

void TypeCheck::add_member(const Schema& schema, const Element& element, const ElementType& type,
                           InvariantPrograms& invariants) {
    const Type& target = schema.type(type.type);
    MemberCheck check{
        .json_name = type.json_name, .element = &element, .type = &type, .shape = shape_of(target)};
    if (check.shape == MemberShape::primitive) {
        check.primitive = primitive_of(target.name).value_or(Primitive::string);
    }
    const Binding* binding = element.binding;
    if (binding != nullptr && binding->strength == BindingStrength::required &&
        binding->value_set->enumerable) {
        check.coded = coded_as(target);
        check.codes = binding->value_set;
    }
    std::vector<const Invariant*> rules(element.invariants.begin(), element.invariants.end());
    add_invariants(rules, schema, type);
    check.invariants = invariants.select(rules);
    members_.push_back(check);
}

std::size_t TypeCheck::bucket_of(NameId name) const {
    constexpr std::uint32_t golden = 0x9E3779B9U;
    return ((name * golden) >> 16U) & (buckets_.size() - 1);
}

void TypeCheck::build_buckets() {
    buckets_.assign(std::bit_ceil(members_.size() * 2 + 1), empty);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        std::size_t at = bucket_of(members_[i].json_name);
        while (buckets_[at] != empty) {
            at = (at + 1) & (buckets_.size() - 1);
        }
        buckets_[at] = static_cast<std::uint16_t>(i);
    }
}

const MemberCheck* TypeCheck::member(NameId json_name) const {
    for (std::size_t at = bucket_of(json_name); buckets_[at] != empty;
         at = (at + 1) & (buckets_.size() - 1)) {
        const MemberCheck& check = members_[buckets_[at]];
        if (check.json_name == json_name) {
            return &check;
        }
    }
    return nullptr;
}

CheckNames::CheckNames(const NameTable& names)
    : code(known(names, "code")),
      coding(known(names, "coding")),
      contained(known(names, "contained")),
      data(known(names, "data")),
      div(known(names, "div")),
      entry(known(names, "entry")),
      extension(known(names, "extension")),
      full_url(known(names, "fullUrl")),
      id(known(names, "id")),
      identifier(known(names, "identifier")),
      meta(known(names, "meta")),
      modifier_extension(known(names, "modifierExtension")),
      reference(known(names, "reference")),
      request(known(names, "request")),
      resource(known(names, "resource")),
      resource_type(known(names, "resourceType")),
      response(known(names, "response")),
      search(known(names, "search")),
      size(known(names, "size")),
      status(known(names, "status")),
      system(known(names, "system")),
      timestamp(known(names, "timestamp")),
      total(known(names, "total")),
      type(known(names, "type")),
      url(known(names, "url")),
      value(known(names, "value")),
      version_id(known(names, "versionId")) {
}

CheckProgram::CheckProgram(const Schema& of)
    : schema(of),
      names(of.names()),
      invariants(of),
      bundle(of.find_type("Bundle")),
      domain_resource(of.find_type("DomainResource")) {
    types.reserve(of.types().size());
    for (TypeId id = 0; id < of.types().size(); ++id) {
        types.emplace_back(of, id, invariants);
    }
}

}  // namespace gateway
