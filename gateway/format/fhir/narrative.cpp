#include "gateway/format/fhir/narrative.h"

#include <fmt/format.h>

#include "gateway/format/fhir/xhtml_rules.h"
#include "gateway/format/xml/text.h"

namespace gateway {

namespace {

constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";

std::size_t prefix_size(std::string_view qualified_name) {
    return qualified_name.find(':') + 1;  // npos + 1 is 0
}

}  // namespace

void NarrativeCapture::start(const XmlStart& element) {
    ++depth_;
    check_element(element);
    check_attributes(element);
    if (const std::size_t prefix = prefix_size(element.qualified_name); prefix > 0) {
        edits_.push_back({.offset = element.offset + 1, .removed = prefix, .inserted = {}});
    }
    if (!root_seen_) {
        root_seen_ = true;
        begin_ = element.offset;
        if (!element.default_namespace) {
            edits_.push_back({.offset = element.offset + 1 + element.qualified_name.size(),
                              .removed = 0,
                              .inserted = fmt::format(" xmlns=\"{}\"", xhtml_namespace)});
        }
    }
}

void NarrativeCapture::check_element(const XmlStart& element) {
    const bool other_default = element.default_namespace &&
                               decode_xml_attribute(*element.default_namespace) != xhtml_namespace;
    if (!root_seen_ && element.name != "div") {
        fail(element.offset, "invalid", "the narrative must be one <div> element");
    } else if (element.space != xhtml_namespace || other_default) {
        fail(element.offset, "invalid",
             "the narrative and all in it must be in the XHTML namespace: write "
             "<div xmlns=\"http://www.w3.org/1999/xhtml\">");
    } else if (!is_allowed_in_narrative(element.name)) {
        fail(element.offset, "invariant",
             "the narrative has an element that R4 does not allow: use only text formatting, "
             "lists, tables, links and images");
    }
    if (depth_ > xhtml_depth_max) {
        fail(element.offset, "too-long",
             fmt::format("the narrative is nested deeper than {} levels; flatten it",
                         xhtml_depth_max));
    }
}

void NarrativeCapture::check_attributes(const XmlStart& element) {
    for (const XmlAttribute& attribute : element.attributes) {
        if (!attribute.space.empty() && attribute.space != xml_namespace) {
            fail(attribute.offset, "invariant",
                 "the narrative has an attribute of another namespace; leave it out");
        } else if (runs_code(attribute.name, decode_xml_attribute(attribute.raw))) {
            fail(attribute.offset, "invariant",
                 "the narrative has an attribute that could run code: remove it");
        }
    }
}

void NarrativeCapture::end(const XmlEnd& element) {
    --depth_;
    const std::string_view tag = text_.substr(element.offset, element.end - element.offset);
    if (tag.starts_with("</")) {
        if (const std::size_t prefix = prefix_size(tag.substr(2)); prefix > 0) {
            edits_.push_back({.offset = element.offset + 2, .removed = prefix, .inserted = {}});
        }
    }
    if (depth_ == 0) {
        end_ = element.end;
    }
}

std::optional<std::string> NarrativeCapture::rewritten() const {
    if (edits_.empty()) {
        return std::nullopt;
    }
    std::string out;
    std::size_t at = begin_;
    for (const Edit& edit : edits_) {
        out += text_.substr(at, edit.offset - at);
        out += edit.inserted;
        at = edit.offset + edit.removed;
    }
    out += text_.substr(at, end_ - at);
    return out;
}

void NarrativeCapture::fail(std::size_t offset, std::string_view code, std::string_view text) {
    if (!fault_) {
        fault_ = XmlFault{.offset = offset, .code = std::string{code}, .text = std::string{text}};
    }
}

namespace {

class NarrativeEvents final : public XmlEvents {
public:
    explicit NarrativeEvents(std::string_view text) : capture_(text) {}

    void start(const XmlStart& element) override { capture_.start(element); }

    void end(const XmlEnd& element) override { capture_.end(element); }

    void text(std::string_view /*text*/, std::size_t /*offset*/) override {}

    const NarrativeCapture& capture() const { return capture_; }

private:
    NarrativeCapture capture_;
};

}  // namespace

std::optional<XmlFault> narrative_fault(std::string_view xhtml) {
    NarrativeEvents events(xhtml);
    const auto fault = parse_xml(
        xhtml, events,
        {.depth_max = xhtml_depth_max + 1, .declaration = XmlRules::Declaration::refused});
    if (fault) {
        return XmlFault{.offset = fault->offset,
                        .code = fault->code,
                        .text = "the narrative cannot stand in XML: " + fault->text};
    }
    const NarrativeCapture& capture = events.capture();
    if (!capture.fault() && capture.size() != xhtml.size()) {
        return XmlFault{.offset = 0,
                        .code = "invalid",
                        .text =
                            "something stands before or after the <div> of the narrative; "
                            "leave it out"};
    }
    return capture.fault();
}

}  // namespace gateway
