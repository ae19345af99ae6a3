// Builds the document from the events of an XML parser: where FHIR's XML rules live. Faults that do
// not stop the parsing are gathered; what they stand in is passed over. One per parse, on one
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"
#include "gateway/format/fhir/narrative.h"
#include "gateway/format/fhir/xml_reader.h"
#include "gateway/format/fhir/xml_schema.h"
#include "gateway/format/xml/encoding.h"
#include "gateway/format/xml/parser.h"

namespace gateway {

class XmlTreeBuilder final : public XmlEvents {
public:
    // All but the names must outlive this.
    XmlTreeBuilder(const XmlText& text, std::shared_ptr<const NameTable> names,
                   const FhirXmlSchema& schema, const FhirXmlLimits& limits);

    void start(const XmlStart& element) override;
    void end(const XmlEnd& element) override;
    void text(std::string_view text, std::size_t offset) override;

    // Adds a fault of the element that is open.
    void fault(std::string_view code, std::string text, std::size_t offset);

    const Issues& issues() const { return issues_; }

    Document take() { return std::move(document_); }

private:
    // An open element.
    struct Frame {
        NodeId node = no_node;
        XmlMember member;
        std::size_t offset = 0;
        std::size_t depth = 0;      // of objects
        NameId latest = 0;          // of its children, the one that is furthest in order,
        std::uint32_t order = 0;    // and its place
        bool has_children = false;  // elements
        bool has_content = false;   // a value, an element, a url
        bool is_resource = false;   // the resource itself, not the element around it
        bool told_of_text = false;
    };

    void open_resource(NodeId node, const XmlStart& element, std::size_t depth);
    void open_child(const XmlStart& element);
    std::optional<XmlMember> known_member(const XmlStart& element);
    bool is_in_place(const XmlStart& element, const XmlMember& member, NameId name);
    void push(const Frame& frame);
    void attributes(const XmlStart& element);
    bool attribute(const XmlAttribute& attribute);
    void value(const XmlAttribute& attribute);
    void set_text(NodeId node, const XmlAttribute& attribute, std::string_view raw);
    void check_form(const XmlAttribute& attribute);
    void close(const Frame& frame);
    void close_narrative();

    bool is_lenient() const { return limits_.manner == FhirXmlLimits::Manner::lenient; }

    void pass_over() { ++ignored_depth_; }

    std::string path_of(std::string_view child) const;
    void fault_at(std::string_view code, std::string path, std::string text, std::size_t offset);

    const XmlText& text_;
    const FhirXmlSchema& schema_;
    FhirXmlLimits limits_;
    Document document_;
    NameId resource_type_;
    std::vector<Frame> frames_;
    std::optional<NarrativeCapture> narrative_;
    NodeId narrative_node_ = no_node;
    std::size_t ignored_depth_ = 0;
    Issues issues_;
};

}  // namespace gateway
