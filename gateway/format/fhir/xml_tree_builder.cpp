#include "gateway/format/fhir/xml_tree_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/format/fhir/xhtml_rules.h"
#include "gateway/format/xml/text.h"

namespace gateway {

namespace {

constexpr std::string_view fhir_namespace = "http://hl7.org/fhir";
constexpr std::string_view schema_instance = "http://www.w3.org/2001/XMLSchema-instance";

// R4 examples have a node per 35 to 60 bytes.
constexpr std::size_t bytes_per_node = 45;
constexpr std::size_t reserved_nodes_max = std::size_t{1} << 20;

bool is_number(std::string_view text) {
    return !fault_of(Primitive::decimal, text);
}

}  // namespace

XmlTreeBuilder::XmlTreeBuilder(const XmlText& text, std::shared_ptr<const NameTable> names,
                               const FhirXmlSchema& schema, const FhirXmlLimits& limits)
    : text_(text),
      schema_(schema),
      limits_(limits),
      document_(std::move(names)),
      resource_type_(document_.intern("resourceType")) {
    document_.share(text_.utf8());
    document_.reserve_nodes(
        std::min(text_.utf8()->size() / bytes_per_node + 1, reserved_nodes_max));
}

void XmlTreeBuilder::start(const XmlStart& element) {
    if (ignored_depth_ > 0) {
        pass_over();
    } else if (narrative_) {
        narrative_->start(element);
    } else if (frames_.empty()) {
        open_resource(document_.root(), element, 1);
    } else if (Frame& around = frames_.back();
               around.member.form == XmlForm::resource && !around.is_resource) {
        if (around.has_content) {
            fault("structure",
                  "a second resource stands in this element, which holds one; give each an element "
                  "of its own",
                  element.offset);
            pass_over();
            return;
        }
        around.has_content = true;
        open_resource(around.node, element, around.depth);
    } else {
        open_child(element);
    }
}

void XmlTreeBuilder::open_resource(NodeId node, const XmlStart& element, std::size_t depth) {
    const std::string path =
        frames_.empty() ? std::string{element.name} : document_.path(frames_.back().node);
    if (element.space != fhir_namespace) {
        fault_at("structure", path,
                 "a resource must be in FHIR's namespace; declare xmlns=\"http://hl7.org/fhir\"",
                 element.offset);
        pass_over();
        return;
    }
    const XmlTypeId type = schema_.resource_type(element.name);
    if (type == no_xml_type) {
        fault_at("structure", path,
                 "the element is named like no resource of R4; check its spelling and case",
                 element.offset);
        pass_over();
        return;
    }
    const NodeId name = document_.append(node, resource_type_);
    document_.set_value_view(name, ValueKind::string,
                             document_.name_text(document_.intern(element.name)));
    document_.set_source(name, text_.original(element.offset + 1, element.qualified_name.size()));
    push({.node = node,
          .member = {.form = XmlForm::resource, .type = type},
          .offset = element.offset,
          .depth = depth,
          .is_resource = true});
    attributes(element);
}

void XmlTreeBuilder::open_child(const XmlStart& element) {
    const auto member = known_member(element);
    const auto name = document_.find_name(element.name);
    if (!member || !name || !is_in_place(element, *member, *name)) {
        frames_.back().has_content = true;  // of what is at fault, no second fault
        pass_over();
        return;
    }
    if (document_.node_count() > limits_.nodes_max) {
        throw Failure(
            Category::too_large,
            fmt::format("the XML holds more than {} values; send it in parts", limits_.nodes_max));
    }
    Frame& parent = frames_.back();
    parent.has_children = parent.has_content = true;
    if (member->order >= parent.order) {
        parent.latest = *name;
        parent.order = member->order;
    }
    const NodeId node = document_.append(parent.node, *name);
    document_.set_repeats(node, member->repeats);
    if (member->form == XmlForm::narrative) {
        narrative_.emplace(*text_.utf8());
        narrative_node_ = node;
        narrative_->start(element);
        return;
    }
    push({.node = node, .member = *member, .offset = element.offset, .depth = parent.depth + 1});
    attributes(element);
}

std::optional<XmlMember> XmlTreeBuilder::known_member(const XmlStart& element) {
    const auto refuse = [&](std::string text) {
        fault_at("structure", path_of(element.name), std::move(text), element.offset);
        return std::nullopt;
    };
    const auto name = document_.find_name(element.name);
    const auto member = name ? schema_.member(frames_.back().member.type, *name) : std::nullopt;
    const bool is_narrative = member && member->form == XmlForm::narrative;
    if (is_narrative && element.space != xhtml_namespace) {
        return refuse(
            "the narrative must be in the XHTML namespace: write "
            "<div xmlns=\"http://www.w3.org/1999/xhtml\">");
    }
    if (!is_narrative && element.space != fhir_namespace) {
        return refuse(
            "the element is not in FHIR's namespace, http://hl7.org/fhir; FHIR XML has "
            "no elements of others outside a narrative");
    }
    if (!member) {
        return refuse("R4 has no such element here; check its name and place, or use an extension");
    }
    if (member->form == XmlForm::attribute) {
        return refuse("this is an attribute in FHIR XML and no element; write it into the tag");
    }
    return member;
}

// R4 xml.html: "Elements must always appear in the order documented".
bool XmlTreeBuilder::is_in_place(const XmlStart& element, const XmlMember& member, NameId name) {
    const Frame& parent = frames_.back();
    if (!parent.has_children || member.order > parent.order) {
        return true;
    }
    const std::string_view latest = document_.name_text(parent.latest);
    std::string text;
    if (member.order < parent.order && is_lenient()) {
        return true;
    }
    if (member.order < parent.order) {
        text = fmt::format("the element stands behind {}, and FHIR XML wants it before; move it",
                           latest);
    } else if (parent.latest != name) {
        text = fmt::format("the element and {} are two types of one choice; keep one of the two",
                           latest);
    } else if (!member.repeats) {
        text = "the element stands twice and may occur once; keep one of the two";
    } else {
        return true;
    }
    fault_at("structure", path_of(element.name), std::move(text), element.offset);
    return false;
}

void XmlTreeBuilder::push(const Frame& frame) {
    const std::size_t leaf = frame.member.form == XmlForm::primitive ? 1 : 0;
    if (frame.depth > limits_.depth_max + leaf) {
        fault("too-long",
              fmt::format("elements are nested deeper than {} levels; flatten the content or raise "
                          "the limit",
                          limits_.depth_max),
              frame.offset);
        throw Failure(Category::too_large, "the XML is nested too deep", {}, issues_);
    }
    frames_.push_back(frame);
}

void XmlTreeBuilder::attributes(const XmlStart& element) {
    for (const XmlAttribute& attribute : element.attributes) {
        if (this->attribute(attribute)) {
            continue;
        }
        fault("structure",
              fmt::format("the attribute {} does not belong here; FHIR XML has value on "
                          "primitives, id on elements and url on extensions",
                          attribute.name),
              attribute.offset);
    }
}

// False for one that has no place here.
bool XmlTreeBuilder::attribute(const XmlAttribute& attribute) {
    Frame& frame = frames_.back();
    if (!attribute.space.empty()) {
        return is_lenient() && attribute.space == schema_instance &&
               attribute.name == "schemaLocation";
    }
    if (frame.member.form == XmlForm::primitive && attribute.name == "value") {
        value(attribute);
        return true;
    }
    if (frame.member.form == XmlForm::resource && !frame.is_resource) {
        return false;
    }
    const auto name = document_.find_name(attribute.name);
    const auto member = name ? schema_.member(frame.member.type, *name) : std::nullopt;
    if (!member || member->form != XmlForm::attribute) {
        return false;
    }
    const std::string_view raw = trimmed(attribute.raw);
    if (raw.empty()) {
        fault("invalid", "an attribute is empty; give it a value, or leave it out",
              attribute.offset);
        return true;
    }
    frame.has_content = frame.has_content || attribute.name != "id";
    set_text(document_.append(frame.node, *name), attribute, raw);
    return true;
}

void XmlTreeBuilder::value(const XmlAttribute& attribute) {
    Frame& frame = frames_.back();
    frame.has_content = true;
    const std::string_view raw = trimmed(attribute.raw);
    if (raw.empty()) {
        fault("invalid", "the value is empty; give one, or leave the element out",
              attribute.offset);
        return;
    }
    set_text(frame.node, attribute, raw);
    check_form(attribute);
}

void XmlTreeBuilder::set_text(NodeId node, const XmlAttribute& attribute, std::string_view raw) {
    if (is_plain_xml(raw)) {
        document_.set_value_view(node, ValueKind::string, raw);
    } else {
        document_.set_value(node, ValueKind::string, decode_xml_attribute(raw));
    }
    document_.set_source(node, text_.original(attribute.offset - 1, attribute.raw.size() + 2));
}

// JSON writes these without quotes, so that they must be what they claim to be.
void XmlTreeBuilder::check_form(const XmlAttribute& attribute) {
    const Frame& frame = frames_.back();
    const std::string_view value = document_.value(frame.node);
    switch (json_form(frame.member.primitive)) {
        case JsonForm::string:
            return;
        case JsonForm::number:
            document_.set_value_view(frame.node, ValueKind::number, value);
            if (!is_number(value)) {
                fault("value",
                      fmt::format("{} is a number; write it with digits, without a plus sign or "
                                  "leading zeros",
                                  to_string(frame.member.primitive)),
                      attribute.offset);
            }
            return;
        case JsonForm::boolean:
            document_.set_value_view(frame.node, ValueKind::boolean, value);
            if (value != "true" && value != "false") {
                fault("value", "a boolean is true or false", attribute.offset);
            }
            return;
    }
}

void XmlTreeBuilder::text(std::string_view text, std::size_t offset) {
    if (ignored_depth_ > 0 || frames_.empty() || narrative_) {
        return;
    }
    if (frames_.back().told_of_text || trimmed(text).empty()) {
        return;
    }
    frames_.back().told_of_text = true;
    frames_.back().has_content = true;
    fault("structure",
          "a text stands between the tags; FHIR XML has texts only in value attributes and "
          "narratives",
          offset);
}

void XmlTreeBuilder::end(const XmlEnd& element) {
    if (ignored_depth_ > 0) {
        --ignored_depth_;
        return;
    }
    if (narrative_) {
        narrative_->end(element);
        if (narrative_->is_whole()) {
            close_narrative();
        }
        return;
    }
    const Frame frame = frames_.back();
    const bool is_around = frame.member.form == XmlForm::resource && !frame.is_resource;
    if (!document_.has_value(frame.node) && !is_around) {
        document_.set_source(frame.node, text_.original(frame.offset, element.end - frame.offset));
    }
    close(frame);
    frames_.pop_back();
}

void XmlTreeBuilder::close(const Frame& frame) {
    if (frame.member.form == XmlForm::primitive && !document_.has_value(frame.node)) {
        document_.set_value_view(frame.node, ValueKind::null, {});
    }
    if (frame.has_content || frame.is_resource) {
        return;
    }
    fault("structure",
          frame.member.form == XmlForm::primitive
              ? "the element has neither a value nor an extension; give it one, or leave it out"
          : frame.member.form == XmlForm::resource
              ? "the element holds no resource; put one in, or leave it out"
              : "the element is empty, which FHIR does not allow; leave it out",
          frame.offset);
}

void XmlTreeBuilder::close_narrative() {
    const SourceRange source = text_.original(narrative_->offset(), narrative_->size());
    if (const auto rewritten = narrative_->rewritten()) {
        document_.set_value(narrative_node_, ValueKind::string, *rewritten);
    } else {
        document_.set_value_view(
            narrative_node_, ValueKind::string,
            std::string_view{*text_.utf8()}.substr(narrative_->offset(), narrative_->size()));
    }
    document_.set_source(narrative_node_, source);
    if (const auto& found = narrative_->fault()) {
        fault_at(found->code, path_of("div"), found->text, found->offset);
    }
    narrative_.reset();
}

void XmlTreeBuilder::fault(std::string_view code, std::string text, std::size_t offset) {
    const NodeId open = narrative_        ? narrative_node_
                        : frames_.empty() ? document_.root()
                                          : frames_.back().node;
    fault_at(code, document_.path(open), std::move(text), offset);
}

std::string XmlTreeBuilder::path_of(std::string_view child) const {
    return document_.path(frames_.back().node).append(".").append(child);
}

void XmlTreeBuilder::fault_at(std::string_view code, std::string path, std::string text,
                              std::size_t offset) {
    issues_.add({.code = std::string{code},
                 .path = std::move(path),
                 .text = std::move(text),
                 .position = text_.position(offset)});
    if (issues_.size() >= limits_.issues_max) {
        throw Failure(Category::invalid,
                      fmt::format("the XML has {} faults or more", limits_.issues_max), {},
                      issues_);
    }
}

}  // namespace gateway
