#include "tests/conformance/xml_tree.h"

#include <expat.h>

#include <memory>
#include <stdexcept>

#include "gateway/base/text.h"

namespace gateway::conformance {
namespace {

constexpr std::size_t depth_max = 200;

std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

struct Building {
    XML_Parser parser = nullptr;
    XmlElement document;
    std::vector<XmlElement*> open;
};

void start(void* user, const XML_Char* name, const XML_Char** attributes) {
    auto& building = *static_cast<Building*>(user);
    if (building.open.size() > depth_max) {
        XML_StopParser(building.parser, XML_FALSE);
        return;
    }
    XmlElement element{std::string(local_name(name))};
    for (; *attributes != nullptr; attributes += 2) {
        element.attributes.emplace_back(attributes[0], attributes[1]);
    }
    building.open.back()->children.push_back(std::move(element));
    building.open.push_back(&building.open.back()->children.back());
}

void end(void* user, const XML_Char* /*name*/) {
    auto& building = *static_cast<Building*>(user);
    building.open.pop_back();
}

void characters(void* user, const XML_Char* text, int size) {
    auto& building = *static_cast<Building*>(user);
    building.open.back()->text.append(text, static_cast<std::size_t>(size));
}

// UCUM's table calls its encoding "ascii", a name that expat does not know.
int plain_ascii(void* /*unused*/, const XML_Char* name, XML_Encoding* encoding) {
    if (std::string_view(name) != "ascii") {
        return XML_STATUS_ERROR;
    }
    for (int byte = 0; byte < 256; ++byte) {
        encoding->map[byte] = byte < 128 ? byte : -1;
    }
    encoding->data = nullptr;
    encoding->convert = nullptr;
    encoding->release = nullptr;
    return XML_STATUS_OK;
}

}  // namespace

std::string_view XmlElement::attribute(std::string_view wanted) const {
    for (const auto& [attribute_name, value] : attributes) {
        if (attribute_name == wanted) {
            return value;
        }
    }
    return {};
}

const XmlElement* XmlElement::child(std::string_view wanted) const {
    for (const XmlElement& element : children) {
        if (element.name == wanted) {
            return &element;
        }
    }
    return nullptr;
}

XmlElement read_xml(const std::string& path) {
    const std::string bytes = read_file(path);
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
        XML_ParserCreate(nullptr), XML_ParserFree);
    Building building;
    building.parser = parser.get();
    building.open.push_back(&building.document);
    XML_SetUserData(parser.get(), &building);
    XML_SetUnknownEncodingHandler(parser.get(), plain_ascii, nullptr);
    XML_SetElementHandler(parser.get(), start, end);
    XML_SetCharacterDataHandler(parser.get(), characters);
    if (XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), 1) ==
        XML_STATUS_ERROR) {
        throw std::runtime_error(path + ":" +
                                 std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
                                 XML_ErrorString(XML_GetErrorCode(parser.get())));
    }
    if (building.document.children.empty()) {
        throw std::runtime_error(path + ": no element");
    }
    return std::move(building.document.children.front());
}

}  // namespace gateway::conformance
