#include "gateway/engine/definitions/pack/schema_compiler.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "gateway/base/failure.h"
#include "gateway/engine/definitions/pack/schema_kinds.h"

namespace gateway {

namespace {

constexpr std::string_view choice_mark = "[x]";

[[noreturn]] void unknown(std::string_view what, std::string_view name, std::string_view where) {
    throw Failure(Category::invalid, "the definitions name the " + std::string{what} + " " +
                                         std::string{name} + " in " + std::string{where} +
                                         ", which they do not hold");
}

std::string_view parent_path(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view last_step(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

bool is_slice(const ElementFacts& element) {
    return element.id.find(':') != std::string::npos;
}

TypeKind kind_of(const Structure& structure) {
    if (structure.kind == "primitive-type") {
        return TypeKind::primitive;
    }
    return structure.kind == "resource" ? TypeKind::resource : TypeKind::complex;
}

BindingStrength strength_of(std::string_view text) {
    if (text == "required") {
        return BindingStrength::required;
    }
    if (text == "extensible") {
        return BindingStrength::extensible;
    }
    return text == "preferred" ? BindingStrength::preferred : BindingStrength::example;
}

// R4 resource.html#id: ids of resources are of type id, which the R4 snapshots call string.
std::string_view type_code(const ElementFacts& element, const TypeFacts& type) {
    return element.base_path == "Resource.id" ? std::string_view{"id"} : type.code;
}

// A type to be written: a structure's own, or a backbone within it.
struct Shape {
    const Structure* structure = nullptr;
    const ElementFacts* head = nullptr;  // the element whose children are this type's elements
    std::vector<const ElementFacts*> elements;
    std::string name;
    TypeKind kind = TypeKind::complex;
};

// The structure's types: its own first, then its backbones in the order of the snapshot.
std::vector<Shape> shapes_of(const Structure& structure) {
    std::vector<Shape> shapes;
    std::map<std::string_view, std::size_t> by_path;
    for (const ElementFacts& element : structure.elements) {
        if (is_slice(element)) {
            continue;
        }
        const std::string_view above = parent_path(element.path);
        if (above.empty()) {
            by_path[element.path] = shapes.size();
            shapes.push_back({.structure = &structure,
                              .head = &element,
                              .elements = {},
                              .name = structure.name,
                              .kind = kind_of(structure)});
            continue;
        }
        if (!by_path.contains(above)) {
            const auto head = std::ranges::find(structure.elements, above, &ElementFacts::path);
            if (head == structure.elements.end()) {
                unknown("element", above, structure.url);
            }
            by_path[above] = shapes.size();
            shapes.push_back({.structure = &structure,
                              .head = &*head,
                              .elements = {},
                              .name = std::string{above},
                              .kind = TypeKind::backbone});
        }
        Shape& shape = shapes[by_path[above]];
        // The value of a primitive stands beside its children, it is no element of them.
        if (shape.kind != TypeKind::primitive || last_step(element.path) != "value") {
            shape.elements.push_back(&element);
        }
    }
    return shapes;
}

class Compiler {
public:
    Compiler(std::span<const Structure> structures, const ValueSetExpander& value_sets,
             const SchemaSource& source)
        : expander_(value_sets), source_(source) {
        out_.fhir_version = text(source.fhir_version);
        out_.origin = text(source.origin);
        for (const Structure& structure : structures) {
            if (structure.kind != "logical") {
                collect(structure);
            }
        }
    }

    SchemaPackTables compile() {
        name("resourceType");
        for (const Shape& shape : shapes_) {
            put_type(shape);
        }
        return std::move(out_);
    }

private:
    void collect(const Structure& structure) {
        for (Shape& shape : shapes_of(structure)) {
            const auto id = static_cast<std::uint32_t>(shapes_.size());
            ids_.emplace(shape.name, id);
            if (shape.kind != TypeKind::backbone) {
                ids_by_url_.emplace(structure.url, id);
            }
            shapes_.push_back(std::move(shape));
        }
    }

    PackText text(std::string_view value) {
        const auto known = texts_.find(std::string{value});
        if (known != texts_.end()) {
            return known->second;
        }
        const PackText made{.offset = static_cast<std::uint32_t>(out_.texts.size()),
                            .size = static_cast<std::uint32_t>(value.size())};
        out_.texts += value;
        texts_.emplace(value, made);
        return made;
    }

    std::uint32_t name(std::string_view value) {
        const auto [at, is_new] =
            names_.emplace(value, static_cast<std::uint32_t>(out_.names.size()));
        if (is_new) {
            out_.names.push_back(text(value));
        }
        return at->second;
    }

    std::uint32_t type_id(std::string_view type, std::string_view where) const {
        const auto known = ids_.find(std::string{type});
        if (known == ids_.end()) {
            unknown("type", type, where);
        }
        return known->second;
    }

    std::uint32_t type_id_by_url(const std::string& url, std::string_view where) const {
        const auto known = ids_by_url_.find(url);
        if (known == ids_by_url_.end()) {
            unknown("type", url, where);
        }
        return known->second;
    }

    void put_type(const Shape& shape) {
        PackType type;
        type.name = text(shape.name);
        type.name_index = name(shape.name);
        type.kind = static_cast<std::uint32_t>(shape.kind);
        type.base = base_of(shape);
        if (shape.kind != TypeKind::backbone) {
            type.url = text(shape.structure->url);
            type.flags = (shape.structure->is_abstract ? pack_type_abstract : 0U) |
                         (shape.structure->is_profile ? pack_type_profile : 0U);
            type.invariants = put_invariants(shape.head->invariants);
        }
        // The elements of a type stand in one run, so their parts must not be put in between.
        std::vector<PackElement> elements;
        elements.reserve(shape.elements.size());
        for (const ElementFacts* element : shape.elements) {
            elements.push_back(make_element(shape, *element));
        }
        type.elements = {.first = static_cast<std::uint32_t>(out_.elements.size()),
                         .count = static_cast<std::uint32_t>(elements.size())};
        out_.elements.insert(out_.elements.end(), elements.begin(), elements.end());
        out_.types.push_back(type);
    }

    std::uint32_t base_of(const Shape& shape) const {
        const std::string& where = shape.structure->url;
        if (shape.kind == TypeKind::backbone) {
            return type_id(shape.head->types.at(0).code, where);
        }
        return shape.structure->base.empty() ? pack_none
                                             : type_id_by_url(shape.structure->base, where);
    }

    PackElement make_element(const Shape& shape, const ElementFacts& facts) {
        std::string_view stem = last_step(facts.path);
        PackElement element;
        element.flags = (facts.is_modifier ? pack_element_modifier : 0U) |
                        (facts.is_summary ? pack_element_summary : 0U) |
                        (facts.is_xml_attribute ? pack_element_xml_attribute : 0U);
        if (stem.ends_with(choice_mark)) {
            stem.remove_suffix(choice_mark.size());
            element.flags |= pack_element_choice;
        }
        element.name_index = name(stem);
        element.path = text(facts.path);
        element.owner = owner_of(shape, facts);
        element.min = facts.min;
        element.max = facts.max;
        element.types = put_types(facts, stem);
        element.content_reference =
            text(facts.content_reference.empty() ? "" : content_path(facts));
        if (are_primitive(element.types)) {
            element.flags |= pack_element_primitive;
        }
        if (facts.binding && !facts.binding->value_set.empty()) {
            const BindingStrength strength = strength_of(facts.binding->strength);
            element.strength = static_cast<std::uint32_t>(strength);
            element.value_set = put_value_set(facts.binding->value_set, strength);
        }
        element.invariants = put_invariants(facts.invariants);
        return element;
    }

    // The type that declares the element: base.path without its last step.
    std::uint32_t owner_of(const Shape& shape, const ElementFacts& facts) const {
        const auto declared = ids_.find(std::string{parent_path(facts.base_path)});
        return declared != ids_.end() ? declared->second : type_id(shape.name, facts.path);
    }

    // "#Bundle.link" -> "Bundle.link"
    static std::string_view content_path(const ElementFacts& facts) {
        return std::string_view{facts.content_reference}.substr(facts.content_reference.find('#') +
                                                                1);
    }

    PackRange put_types(const ElementFacts& facts, std::string_view stem) {
        PackRange range{.first = static_cast<std::uint32_t>(out_.element_types.size()), .count = 0};
        if (!facts.content_reference.empty()) {
            out_.element_types.push_back({.name_index = name(stem),
                                          .type = type_id(content_path(facts), facts.path),
                                          .profile = pack_none,
                                          .targets = {}});
            return {.first = range.first, .count = 1};
        }
        for (const TypeFacts& type : facts.types) {
            out_.element_types.push_back(make_type(facts, type, stem));
            ++range.count;
        }
        if (range.count == 0) {
            unknown("type of", facts.path, "its definition");
        }
        return range;
    }

    PackElementType make_type(const ElementFacts& facts, const TypeFacts& type,
                              std::string_view stem) {
        const std::string_view code = type_code(facts, type);
        std::string json_name{stem};
        if (facts.path.ends_with(choice_mark)) {
            json_name += code;
            json_name[stem.size()] = upper(json_name[stem.size()]);
        }
        PackElementType made;
        made.name_index = name(json_name);
        // An element with children of its own has an anonymous type of its own.
        const auto backbone = ids_.find(facts.path);
        made.type = backbone != ids_.end() ? backbone->second : type_id(code, facts.path);
        if (!type.profiles.empty()) {
            made.profile = type_id_by_url(type.profiles.front(), facts.path);
        }
        made.targets = put_targets(type, facts.path);
        return made;
    }

    static char upper(char letter) {
        return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    }

    PackRange put_targets(const TypeFacts& type, std::string_view where) {
        const PackRange range{.first = static_cast<std::uint32_t>(out_.targets.size()),
                              .count = static_cast<std::uint32_t>(type.targets.size())};
        for (const std::string& target : type.targets) {
            out_.targets.push_back(type_id_by_url(target, where));
        }
        return range;
    }

    bool are_primitive(PackRange types) const {
        return std::ranges::all_of(std::span{out_.element_types}.subspan(types.first, types.count),
                                   [&](const PackElementType& type) {
                                       return shapes_[type.type].kind == TypeKind::primitive;
                                   });
    }

    PackRange put_invariants(const std::vector<InvariantFacts>& invariants) {
        const PackRange range{.first = static_cast<std::uint32_t>(out_.invariant_refs.size()),
                              .count = static_cast<std::uint32_t>(invariants.size())};
        for (const InvariantFacts& facts : invariants) {
            const auto [at, is_new] = invariants_.emplace(
                std::tuple{facts.key, facts.expression, facts.human, facts.severity},
                static_cast<std::uint32_t>(out_.invariants.size()));
            if (is_new) {
                out_.invariants.push_back({.key = text(facts.key),
                                           .human = text(facts.human),
                                           .expression = text(facts.expression),
                                           .is_error = facts.severity == "error" ? 1U : 0U});
            }
            out_.invariant_refs.push_back(at->second);
        }
        return range;
    }

    // Only required bindings are judged without a terminology provider, so only they are expanded.
    std::uint32_t put_value_set(const std::string& url, BindingStrength strength) {
        const auto [at, is_new] =
            value_sets_.emplace(url, static_cast<std::uint32_t>(out_.value_sets.size()));
        if (is_new) {
            out_.value_sets.push_back({.url = text(url), .enumerable = 0, .codes = {}});
        }
        if (strength == BindingStrength::required) {
            expand(out_.value_sets[at->second], url);
        }
        return at->second;
    }

    void expand(PackValueSet& value_set, const std::string& url) {
        if (value_set.enumerable != 0 || unanswerable_[url]) {
            return;
        }
        const auto codes = expander_.expand(url, source_.codes_max);
        if (!codes) {
            unanswerable_[url] = true;
            return;
        }
        value_set.enumerable = 1;
        value_set.codes = {.first = static_cast<std::uint32_t>(out_.codes.size()),
                           .count = static_cast<std::uint32_t>(codes->size())};
        for (const CodeFacts& code : *codes) {
            out_.codes.push_back({.system = text(code.system), .code = text(code.code)});
        }
    }

    const ValueSetExpander& expander_;
    const SchemaSource& source_;
    SchemaPackTables out_;
    std::vector<Shape> shapes_;
    std::unordered_map<std::string, std::uint32_t> ids_;
    std::unordered_map<std::string, std::uint32_t> ids_by_url_;
    std::unordered_map<std::string, PackText> texts_;
    std::unordered_map<std::string, std::uint32_t> names_;
    std::map<std::tuple<std::string, std::string, std::string, std::string>, std::uint32_t>
        invariants_;
    std::unordered_map<std::string, std::uint32_t> value_sets_;
    std::unordered_map<std::string, bool> unanswerable_;
};

}  // namespace

SchemaPackTables compile_schema(std::span<const Structure> structures,
                                const ValueSetExpander& value_sets, const SchemaSource& source) {
    return Compiler(structures, value_sets, source).compile();
}

}  // namespace gateway
