#include "tests/conformance/fhir_input.h"

#include <filesystem>
#include <stdexcept>

#include "gateway/base/text.h"
#include "gateway/format/json/reader.h"
#include "tests/conformance/xml_tree.h"

namespace gateway::conformance {
namespace {

ValueKind kind_of(const Schema& schema, TypeId type) {
    const std::string_view name = type == no_type ? "" : schema.type(type).name;
    if (name == "boolean") {
        return ValueKind::boolean;
    }
    const bool number =
        name == "integer" || name == "decimal" || name == "positiveInt" || name == "unsignedInt";
    return number ? ValueKind::number : ValueKind::string;
}

class XmlResourceReader {
public:
    XmlResourceReader(Document& document, const Schema& schema)
        : document_(document), schema_(schema) {}

    void resource(const XmlElement& element, NodeId node) {
        document_.set_value(document_.append(node, "resourceType"), ValueKind::string,
                            element.name);
        children(element, node, schema_.find_type(element.name));
    }

private:
    void children(const XmlElement& element, NodeId node, TypeId type) {
        for (const auto& [name, value] : element.attributes) {
            const bool is_member = (name == "id" || name == "url") && element.name != "div";
            if (is_member) {
                document_.set_value(document_.append(node, name), ValueKind::string, value);
            }
        }
        for (const XmlElement& child : element.children) {
            this->child(child, node, type);
        }
    }

    void child(const XmlElement& element, NodeId parent, TypeId parent_type) {
        const NodeId node = document_.append(parent, element.name);
        const auto match = parent_type == no_type
                               ? ElementMatch{}
                               : schema_.element(parent_type, document_.name_id(node));
        if (match) {
            document_.set_repeats(node, match.element->repeats());
        }
        const TypeId type = match ? match.type->type : no_type;
        const bool is_resource = type != no_type && schema_.type(type).kind == TypeKind::resource;
        if (is_resource && !element.children.empty()) {
            resource(element.children.front(), node);
            return;
        }
        const std::string_view value = element.attribute("value");
        if (!element.raw.empty()) {
            document_.set_value(node, ValueKind::string, element.raw);
        } else if (!value.empty()) {
            document_.set_value(node, kind_of(schema_, type), value);
        }
        children(element, node, type);
    }

    Document& document_;
    const Schema& schema_;
};

Document read_xml_resource(const std::string& path, const Schema& schema,
                           const std::shared_ptr<const NameTable>& names) {
    const XmlElement root = read_xml(path);
    Document document(names);
    XmlResourceReader(document, schema).resource(root, document.root());
    return document;
}

}  // namespace

Document read_resource(const std::string& path, const Schema& schema,
                       const std::shared_ptr<const NameTable>& names) {
    std::filesystem::path file(path);
    if (!std::filesystem::exists(file)) {
        file.replace_extension(file.extension() == ".xml" ? ".json" : ".xml");
    }
    if (!std::filesystem::exists(file)) {
        throw std::runtime_error("there is no input " + path);
    }
    if (file.extension() == ".xml") {
        return read_xml_resource(file.string(), schema, names);
    }
    return read_json(std::make_shared<const std::string>(read_file(file.string())), names);
}

}  // namespace gateway::conformance
