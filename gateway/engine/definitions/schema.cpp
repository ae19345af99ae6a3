#include "gateway/engine/definitions/schema.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <unordered_map>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/engine/definitions/pack/schema_pack.h"

// The shipped pack, placed by shipped_pack.S.
extern "C" {
extern const char
    painbridge_schema_pack_begin[];  // NOLINT(modernize-avoid-c-arrays): a linker symbol
extern const char
    painbridge_schema_pack_end[];  // NOLINT(modernize-avoid-c-arrays): a linker symbol
}

namespace gateway {

namespace {

std::string_view shipped_bytes() {
    return {painbridge_schema_pack_begin,
            static_cast<std::size_t>(painbridge_schema_pack_end - painbridge_schema_pack_begin)};
}

template <typename Record>
std::span<const Record> slice(const std::vector<Record>& records, PackRange range) {
    if (std::uint64_t{range.first} + range.count > records.size()) {
        throw Failure(Category::invalid,
                      "the schema pack cannot be used: a record points outside its table");
    }
    return std::span{records}.subspan(range.first, range.count);
}

bool code_before(const ValueSet::Code& left, const ValueSet::Code& right) {
    return left.code != right.code ? left.code < right.code : left.system < right.system;
}

}  // namespace

bool ValueSet::contains(std::string_view code) const {
    const auto at = std::ranges::lower_bound(codes, code, {}, &Code::code);
    return at != codes.end() && at->code == code;
}

bool ValueSet::contains(std::string_view system, std::string_view code) const {
    const Code wanted{.system = system, .code = code};
    const auto at = std::ranges::lower_bound(codes, wanted, code_before);
    return at != codes.end() && at->code == code && at->system == system;
}

// A pack with its numbers turned into views and pointers. The order of `build_…` is that of need.
struct Schema::Tables {
    // Of the open-addressed table (type, JSON name) -> element; a power of two, at most half full.
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t element = pack_none;
        std::uint32_t element_type = 0;
    };

    std::shared_ptr<const NameTable> names;
    std::shared_ptr<const std::string> bytes;  // null for the shipped pack
    SchemaPackView pack;
    std::vector<NameId> name_ids;  // of the pack's names
    std::vector<Type> types;
    std::vector<Element> elements;
    std::vector<ElementType> element_types;
    std::vector<TypeId> targets;
    std::vector<Invariant> invariants;
    std::vector<const Invariant*> invariant_refs;
    std::vector<ValueSet> value_sets;
    std::vector<ValueSet::Code> codes;
    std::vector<Binding> bindings;
    std::vector<Slot> slots;
    std::vector<TypeId> types_by_name_id;
    std::unordered_map<std::string_view, TypeId> types_by_name;
    std::unordered_map<std::string_view, TypeId> types_by_url;
    std::unordered_map<std::string_view, const ValueSet*> value_sets_by_url;
    std::unordered_map<NameId, std::vector<ElementType>> choices;

    Tables(std::string_view pack_bytes, std::shared_ptr<const std::string> owner,
           std::shared_ptr<const NameTable> shared_names)
        : names(std::move(shared_names)),
          bytes(std::move(owner)),
          pack(read_schema_pack(pack_bytes)) {
        build_names();
        build_value_sets();
        build_invariants();
        build_elements();
        build_types();
        build_slots();
        build_choices();
    }

    static std::uint64_t key_of(TypeId type, NameId name) {
        return (std::uint64_t{type} << 32U) | name;
    }

    std::size_t slot_of(std::uint64_t key) const {
        constexpr std::uint64_t golden = 0x9E3779B97F4A7C15U;
        return static_cast<std::size_t>((key * golden) >> 32U) & (slots.size() - 1);
    }

    NameId name_id(std::uint32_t index) const {
        if (index >= name_ids.size()) {
            throw Failure(Category::invalid,
                          "the schema pack cannot be used: a name lies outside its table");
        }
        return name_ids[index];
    }

    TypeId checked_type(std::uint32_t id) const {
        if (id != pack_none && id >= pack.types.size()) {
            throw Failure(Category::invalid,
                          "the schema pack cannot be used: a type lies outside its table");
        }
        return id;
    }

    void build_names() {
        name_ids.reserve(pack.names.size());
        for (const PackText text : pack.names) {
            const auto id = names->find(pack.text(text));
            if (!id) {
                throw std::logic_error(
                    "the name table lacks the schema's names: call add_schema_names first");
            }
            name_ids.push_back(*id);
        }
    }

    void build_value_sets() {
        codes.reserve(pack.codes.size());
        for (const PackCode& code : pack.codes) {
            codes.push_back({.system = pack.text(code.system), .code = pack.text(code.code)});
        }
        value_sets.reserve(pack.value_sets.size());
        for (const PackValueSet& from : pack.value_sets) {
            ValueSet& set = value_sets.emplace_back();
            set.url = pack.text(from.url);
            set.enumerable = from.enumerable != 0;
            set.codes = slice(codes, from.codes);
            value_sets_by_url.emplace(set.url, &set);
        }
    }

    void build_invariants() {
        invariants.reserve(pack.invariants.size());
        for (const PackInvariant& from : pack.invariants) {
            invariants.push_back({.key = pack.text(from.key),
                                  .is_error = from.is_error != 0,
                                  .human = pack.text(from.human),
                                  .expression = pack.text(from.expression)});
        }
        invariant_refs.reserve(pack.invariant_refs.size());
        for (const std::uint32_t ref : pack.invariant_refs) {
            invariant_refs.push_back(slice(invariants, {.first = ref, .count = 1}).data());
        }
    }

    void build_elements() {
        for (const std::uint32_t target : pack.targets) {
            targets.push_back(checked_type(target));
        }
        element_types.reserve(pack.element_types.size());
        for (const PackElementType& from : pack.element_types) {
            element_types.push_back({.json_name = name_id(from.name_index),
                                     .type = checked_type(from.type),
                                     .profile = checked_type(from.profile),
                                     .targets = slice(targets, from.targets)});
        }
        bindings.reserve(pack.elements.size());
        elements.reserve(pack.elements.size());
        for (const PackElement& from : pack.elements) {
            elements.push_back(make_element(from));
        }
    }

    Element make_element(const PackElement& from) {
        Element element;
        element.name = name_id(from.name_index);
        element.path = pack.text(from.path);
        element.owner = checked_type(from.owner);
        element.min = from.min;
        element.max = from.max;
        element.is_choice = (from.flags & pack_element_choice) != 0;
        element.is_primitive = (from.flags & pack_element_primitive) != 0;
        element.is_modifier = (from.flags & pack_element_modifier) != 0;
        element.is_summary = (from.flags & pack_element_summary) != 0;
        element.is_xml_attribute = (from.flags & pack_element_xml_attribute) != 0;
        element.types = slice(element_types, from.types);
        element.content_reference = pack.text(from.content_reference);
        element.invariants = slice(invariant_refs, from.invariants);
        if (from.value_set != pack_none) {
            const auto set = slice(value_sets, {.first = from.value_set, .count = 1});
            bindings.push_back(
                {.strength = static_cast<BindingStrength>(from.strength), .value_set = set.data()});
            element.binding = &bindings.back();
        }
        return element;
    }

    void build_types() {
        types.reserve(pack.types.size());
        types_by_name_id.assign(names->size(), no_type);
        for (const PackType& from : pack.types) {
            const auto id = static_cast<TypeId>(types.size());
            Type& type = types.emplace_back();
            type.name = pack.text(from.name);
            type.name_id = name_id(from.name_index);
            type.kind = static_cast<TypeKind>(from.kind);
            type.is_abstract = (from.flags & pack_type_abstract) != 0;
            type.is_profile = (from.flags & pack_type_profile) != 0;
            type.base = checked_type(from.base);
            type.url = pack.text(from.url);
            type.elements = slice(elements, from.elements);
            type.invariants = slice(invariant_refs, from.invariants);
            types_by_name.emplace(type.name, id);
            types_by_name_id[type.name_id] = id;
            if (!type.url.empty()) {
                types_by_url.emplace(type.url, id);
            }
        }
    }

    void build_slots() {
        std::size_t members = 0;
        for (const Type& type : types) {
            for (const Element& element : type.elements) {
                members += element.types.size();
            }
        }
        slots.resize(std::bit_ceil(members * 2 + 1));
        for (TypeId id = 0; id < types.size(); ++id) {
            for (const Element& element : types[id].elements) {
                for (const ElementType& type : element.types) {
                    put_slot(key_of(id, type.json_name), element, type);
                }
            }
        }
    }

    void put_slot(std::uint64_t key, const Element& element, const ElementType& type) {
        std::size_t at = slot_of(key);
        while (slots[at].element != pack_none) {
            if (slots[at].key == key) {
                return;
            }
            at = (at + 1) & (slots.size() - 1);
        }
        slots[at] = {.key = key,
                     .element = static_cast<std::uint32_t>(&element - elements.data()),
                     .element_type = static_cast<std::uint32_t>(&type - element_types.data())};
    }

    void build_choices() {
        for (const Element& element : elements) {
            if (element.is_choice) {
                auto& known = choices[element.name];
                known.insert(known.end(), element.types.begin(), element.types.end());
            }
        }
        for (auto& [stem, known] : choices) {
            std::ranges::stable_sort(known, {}, &ElementType::json_name);
            const auto rest = std::ranges::unique(known, {}, &ElementType::json_name);
            known.erase(rest.begin(), rest.end());
            for (ElementType& type : known) {
                type.profile = no_type;  // these differ from element to element
                type.targets = {};
            }
        }
    }
};

void add_schema_names(NameTable& names) {
    const SchemaPackView pack = read_schema_pack(shipped_bytes());
    for (const PackText name : pack.names) {
        names.add(pack.text(name));
    }
}

std::shared_ptr<const Schema> Schema::shipped(std::shared_ptr<const NameTable> names) {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): make_shared cannot reach the constructor
    return std::shared_ptr<const Schema>(
        new Schema(std::make_unique<Tables>(shipped_bytes(), nullptr, std::move(names))));
}

std::shared_ptr<const Schema> Schema::open(const std::string& path,
                                           std::shared_ptr<const NameTable> names) {
    return read(std::make_shared<const std::string>(read_file(path)), std::move(names));
}

std::shared_ptr<const Schema> Schema::read(std::shared_ptr<const std::string> pack,
                                           std::shared_ptr<const NameTable> names) {
    const std::string_view bytes = *pack;
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): make_shared cannot reach the constructor
    return std::shared_ptr<const Schema>(
        new Schema(std::make_unique<Tables>(bytes, std::move(pack), std::move(names))));
}

Schema::Schema(std::unique_ptr<const Tables> tables)
    : tables_(std::move(tables)), types_(tables_->types) {
}

Schema::~Schema() = default;

std::string_view Schema::fhir_version() const {
    return tables_->pack.fhir_version;
}

std::string_view Schema::origin() const {
    return tables_->pack.origin;
}

const NameTable& Schema::names() const {
    return *tables_->names;
}

TypeId Schema::find_type(std::string_view name) const {
    const auto known = tables_->types_by_name.find(name);
    return known == tables_->types_by_name.end() ? no_type : known->second;
}

TypeId Schema::find_type(NameId name) const {
    return name < tables_->types_by_name_id.size() ? tables_->types_by_name_id[name] : no_type;
}

TypeId Schema::find_type_by_url(std::string_view url) const {
    const auto known = tables_->types_by_url.find(url);
    return known == tables_->types_by_url.end() ? no_type : known->second;
}

bool Schema::is_a(TypeId type, TypeId base) const {
    // A pack from a file could hold a circle; no chain is longer than the types there are.
    for (std::size_t step = 0; type != no_type && step <= types_.size(); ++step) {
        if (type == base) {
            return true;
        }
        type = types_[type].base;
    }
    return false;
}

bool Schema::is_concrete_resource(TypeId type) const {
    return type != no_type && types_[type].kind == TypeKind::resource && !types_[type].is_abstract;
}

ElementMatch Schema::element(TypeId type, NameId json_name) const {
    const std::uint64_t key = Tables::key_of(type, json_name);
    const auto& slots = tables_->slots;
    for (std::size_t at = tables_->slot_of(key); slots[at].element != pack_none;
         at = (at + 1) & (slots.size() - 1)) {
        if (slots[at].key == key) {
            return {.element = &tables_->elements[slots[at].element],
                    .type = &tables_->element_types[slots[at].element_type]};
        }
    }
    return {};
}

const Element* Schema::element_by_name(TypeId type, NameId name) const {
    const auto elements = types_[type].elements;
    const auto found = std::ranges::find(elements, name, &Element::name);
    return found == elements.end() ? nullptr : &*found;
}

std::span<const ElementType> Schema::choice_names(NameId stem) const {
    const auto known = tables_->choices.find(stem);
    return known == tables_->choices.end() ? std::span<const ElementType>{}
                                           : std::span<const ElementType>{known->second};
}

const ValueSet* Schema::value_set(std::string_view url) const {
    const auto known = tables_->value_sets_by_url.find(url);
    return known == tables_->value_sets_by_url.end() ? nullptr : known->second;
}

}  // namespace gateway
