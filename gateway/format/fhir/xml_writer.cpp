#include "gateway/format/fhir/xml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/format/fhir/narrative.h"
#include "gateway/format/xml/text.h"

namespace gateway {

namespace {

constexpr std::string_view header = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view fhir_declaration = " xmlns=\"http://hl7.org/fhir\"";
constexpr std::size_t depth_max = 200;
constexpr std::size_t issues_max = 100;
constexpr std::size_t expected_bytes_per_node = 64;

// A child and what the schema says of it.
struct Member {
    NodeId node = no_node;
    XmlMember shape;
};

class XmlPrinter {
public:
    XmlPrinter(const Document& document, const FhirXmlSchema& schema, const FhirXmlStyle& style)
        : document_(document),
          schema_(schema),
          original_(style.original),
          pretty_(style.layout == FhirXmlStyle::Layout::pretty) {
        out_.reserve(document.node_count() * expected_bytes_per_node + 128);
    }

    void print(NodeId node) {
        out_ += header;
        print_resource(node, fhir_declaration);
        out_ += '\n';
    }

    const Issues& issues() const { return issues_; }

    std::string take() { return std::move(out_); }

private:
    void print_resource(NodeId node, std::string_view declaration) {
        const NodeId type_node = document_.type_child(node);
        const std::string_view name =
            type_node == no_node ? std::string_view{} : document_.value(type_node);
        const XmlTypeId type = schema_.resource_type(name);
        if (type == no_xml_type) {
            fault(type_node == no_node ? node : type_node, "structure",
                  "there is no resourceType of R4; name one");
            return;
        }
        open(name);
        out_ += declaration;
        print_content(node, type, name, type_node);
    }

    // The rest of an element whose name is written: attributes, children but `written`, end tag.
    void print_content(NodeId node, XmlTypeId type, std::string_view name,
                       NodeId written = no_node) {
        if (depth_ >= depth_max) {
            fault(node, "too-long",
                  fmt::format("elements are nested deeper than {} levels; flatten the content",
                              depth_max));
            return;
        }
        const std::size_t begin = members_.size();
        collect(node, type, written);
        std::size_t at = begin;
        for (; at < members_.size() && is_attribute(at); ++at) {
            print_attribute(members_[at]);
        }
        print_value(node);
        if (at == members_.size()) {
            out_ += "/>";
        } else {
            out_ += '>';
            ++depth_;
            for (; at < members_.size(); ++at) {
                print_member(Member{members_[at]});  // the list grows meanwhile
            }
            --depth_;
            new_line();
            out_ += "</";
            out_ += name;
            out_ += '>';
        }
        members_.resize(begin);
    }

    bool is_attribute(std::size_t at) const {
        return members_[at].shape.form == XmlForm::attribute;
    }

    // The members of a node in the order of the schema, attributes first.
    void collect(NodeId node, XmlTypeId type, NodeId written) {
        const std::size_t begin = members_.size();
        bool in_order = true;
        for (NodeId at = document_.first_child(node); at != no_node; at = document_.next(at)) {
            const auto shape = at == written ? std::nullopt : known_member(type, at);
            if (!shape) {
                continue;
            }
            in_order =
                in_order && (members_.size() == begin || !before(*shape, members_.back().shape));
            members_.push_back({.node = at, .shape = *shape});
        }
        if (!in_order) {
            std::stable_sort(members_.begin() + static_cast<std::ptrdiff_t>(begin), members_.end(),
                             [](const Member& left, const Member& right) {
                                 return before(left.shape, right.shape);
                             });
        }
        for (std::size_t i = begin + 1; i < members_.size(); ++i) {
            check_once(members_[i - 1], members_[i]);
        }
    }

    static bool before(const XmlMember& left, const XmlMember& right) {
        const bool left_attribute = left.form == XmlForm::attribute;
        const bool right_attribute = right.form == XmlForm::attribute;
        return left_attribute != right_attribute ? left_attribute : left.order < right.order;
    }

    std::optional<XmlMember> known_member(XmlTypeId type, NodeId node) {
        const auto member = schema_.member(type, document_.name_id(node));
        if (!member) {
            fault(node, "structure",
                  "R4 has no such element here; check its name and place, or use an extension");
            return std::nullopt;
        }
        if (is_blank(node)) {
            return std::nullopt;
        }
        if (document_.repeats(node) != member->repeats) {
            fault(node, "structure",
                  member->repeats ? "the element may repeat: write it as an array, even with one "
                                    "member"
                                  : "the element occurs at most once: write it without an array");
            return std::nullopt;
        }
        return member;
    }

    // An object with nothing below that would be written; looks on only while all is empty.
    bool is_blank(NodeId node) const {
        if (document_.kind(node) != ValueKind::none) {
            return false;
        }
        for (NodeId at = document_.first_child(node); at != no_node; at = document_.next(at)) {
            if (!is_blank(at)) {
                return false;
            }
        }
        return true;
    }

    void check_once(const Member& first, const Member& second) {
        if (first.shape.order != second.shape.order || first.shape.form == XmlForm::attribute) {
            return;
        }
        if (document_.name_id(first.node) != document_.name_id(second.node)) {
            fault(second.node, "structure",
                  fmt::format("the element and {} are two types of one choice; keep one of the two",
                              document_.name(first.node)));
        } else if (!second.shape.repeats) {
            fault(second.node, "structure",
                  "the element stands twice and may occur once; keep one of the two");
        }
    }

    void print_member(const Member& member) {
        const NodeId node = member.node;
        const std::string_view name = document_.name(node);
        if (!has_right_kind(member)) {
            return;
        }
        switch (member.shape.form) {
            case XmlForm::narrative:
                print_narrative(node);
                return;
            case XmlForm::resource:
                open(name);
                out_ += '>';
                ++depth_;
                print_resource(node, {});
                --depth_;
                new_line();
                out_ += "</";
                out_ += name;
                out_ += '>';
                return;
            case XmlForm::primitive:
            case XmlForm::object:
            case XmlForm::attribute:
                open(name);
                print_content(node, member.shape.type, name);
                return;
        }
    }

    bool has_right_kind(const Member& member) {
        const ValueKind kind = document_.kind(member.node);
        const bool is_object =
            member.shape.form == XmlForm::object || member.shape.form == XmlForm::resource;
        if (is_object) {
            return kind == ValueKind::none ||
                   fault(member.node, "structure", "the element is an object, not a value");
        }
        if (member.shape.form == XmlForm::primitive && kind == ValueKind::null) {
            return document_.has_children(member.node) ||
                   fault(member.node, "structure",
                         "the element has neither a value nor an extension; give it one, or leave "
                         "it out");
        }
        return kind == kind_of(member.shape.primitive) ||
               fault(member.node, "value",
                     fmt::format("the element is of type {}: give {}",
                                 to_string(member.shape.primitive),
                                 word_of(json_form(member.shape.primitive))));
    }

    static ValueKind kind_of(Primitive primitive) {
        switch (json_form(primitive)) {
            case JsonForm::string:
                return ValueKind::string;
            case JsonForm::number:
                return ValueKind::number;
            case JsonForm::boolean:
                break;
        }
        return ValueKind::boolean;
    }

    static std::string_view word_of(JsonForm form) {
        switch (form) {
            case JsonForm::string:
                return "a string";
            case JsonForm::number:
                return "a number";
            case JsonForm::boolean:
                break;
        }
        return "true or false";
    }

    void print_attribute(const Member& member) {
        if (document_.kind(member.node) != ValueKind::string ||
            document_.has_children(member.node)) {
            fault(member.node, "structure",
                  "the element is an attribute in XML: give a string without extensions");
            return;
        }
        print_attribute(document_.name(member.node), member.node);
    }

    void print_value(NodeId node) {
        if (document_.has_value(node)) {
            print_attribute("value", node);
        }
    }

    void print_attribute(std::string_view name, NodeId node) {
        const std::string_view text = document_.value(node);
        if (text.empty()) {
            fault(node, "invalid", "the value is empty; give one, or leave the element out");
            return;
        }
        if (xml_character_fault(text)) {
            fault(node, "invalid",
                  "the value holds a control character that XML cannot hold; remove it");
            return;
        }
        out_ += ' ';
        out_ += name;
        out_ += "=\"";
        append_xml_attribute(out_, text);
        out_ += '"';
    }

    void print_narrative(NodeId node) {
        const std::string_view xhtml = trimmed(document_.value(node));
        if (document_.has_children(node)) {
            fault(node, "structure", "a narrative has no id and no extensions; remove them");
        } else if (const auto found = narrative_fault(xhtml)) {
            fault(node, found->code, found->text);
        } else {
            new_line();
            out_ += xhtml;
        }
    }

    void open(std::string_view name) {
        new_line();
        out_ += '<';
        out_ += name;
    }

    void new_line() {
        if (pretty_ && out_.size() > header.size()) {
            out_ += '\n';
            out_.append(2 * depth_, ' ');
        }
    }

    // False, for `return … || fault(…)`.
    bool fault(NodeId node, std::string_view code, std::string text) {
        const SourceRange source = document_.source(node);
        const bool located = source.length > 0 && source.offset < original_.size();
        issues_.add({.code = std::string{code},
                     .path = document_.path(node),
                     .text = std::move(text),
                     .position = located ? position_at(original_, source.offset) : Position{}});
        if (issues_.size() >= issues_max) {
            throw Failure(Category::invalid,
                          fmt::format("the resource has {} faults or more", issues_max), {},
                          issues_);
        }
        return false;
    }

    const Document& document_;
    const FhirXmlSchema& schema_;
    std::string_view original_;
    bool pretty_;
    std::string out_;
    std::vector<Member> members_;  // of all open elements, innermost last
    std::size_t depth_ = 0;
    Issues issues_;
};

}  // namespace

std::string write_fhir_xml(const Document& document, NodeId node, const FhirXmlSchema& schema,
                           const FhirXmlStyle& style) {
    XmlPrinter printer(document, schema, style);
    printer.print(node);
    if (!printer.issues().empty()) {
        throw Failure(Category::invalid, printer.issues()[0].text, {}, printer.issues());
    }
    return printer.take();
}

}  // namespace gateway
