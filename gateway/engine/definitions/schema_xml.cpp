#include "gateway/engine/definitions/schema_xml.h"

namespace gateway {

SchemaXml::SchemaXml(std::shared_ptr<const Schema> schema) : schema_(std::move(schema)) {
    contents_.reserve(schema_->types().size());
    for (const Type& type : schema_->types()) {
        Content& content = contents_.emplace_back();
        if (type.kind == TypeKind::resource) {
            content.form = XmlForm::resource;
        } else if (type.kind == TypeKind::primitive) {
            content.primitive = primitive_of(type.name).value_or(Primitive::string);
            content.form =
                content.primitive == Primitive::xhtml ? XmlForm::narrative : XmlForm::primitive;
        }
    }
}

XmlTypeId SchemaXml::resource_type(std::string_view name) const {
    const TypeId type = schema_->find_type(name);
    return schema_->is_concrete_resource(type) ? type : no_xml_type;
}

std::optional<XmlMember> SchemaXml::member(XmlTypeId parent, NameId json_name) const {
    const ElementMatch match = schema_->element(parent, json_name);
    if (!match) {
        return std::nullopt;
    }
    const Content& content = contents_[match.type->type];
    const auto order = match.element - schema_->type(parent).elements.data();
    return XmlMember{.form = match.element->is_xml_attribute ? XmlForm::attribute : content.form,
                     .type = match.type->type,
                     .order = static_cast<std::uint32_t>(order),
                     .repeats = match.element->repeats(),
                     .primitive = content.primitive};
}

}  // namespace gateway
