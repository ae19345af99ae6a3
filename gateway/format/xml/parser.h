// XML as events: the only door to expat. Namespaces are resolved; comments and processing
// instructions are passed over (R4 xml.html: not part of the contents). Refused: any DOCTYPE, and
// with it every entity but the five; a declaration that names another encoding than the bytes have;
// XML 1.1; nesting beyond the limit. Reads the text once, as it lies; nothing recurses.
// What `events` throws ends the parse and comes out of parse_xml. Safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/format/xml/encoding.h"

namespace gateway {

struct XmlAttribute {
    std::string_view space;  // namespace; empty for none
    std::string_view name;   // without a prefix
    std::string_view raw;    // the value as written, between its quotes
    std::size_t offset = 0;  // of `raw`
};

// All views die with the event, except `tag`, `qualified_name` and `raw`, which view the text.
struct XmlStart {
    std::string_view space;
    std::string_view name;
    std::string_view tag;  // as written: `<f:code value="a"/>`
    std::string_view qualified_name;
    std::optional<std::string_view> default_namespace;  // declared by this very tag
    std::size_t offset = 0;
    std::span<const XmlAttribute> attributes;  // without namespace declarations
};

struct XmlEnd {
    std::size_t offset = 0;  // of the end tag; where an empty-element tag ends
    std::size_t end = 0;     // behind it
};

class XmlEvents {
public:
    XmlEvents() = default;
    virtual ~XmlEvents() = default;
    XmlEvents(const XmlEvents&) = delete;
    XmlEvents& operator=(const XmlEvents&) = delete;
    XmlEvents(XmlEvents&&) = delete;
    XmlEvents& operator=(XmlEvents&&) = delete;

    virtual void start(const XmlStart& element) = 0;
    virtual void end(const XmlEnd& element) = 0;
    // Comes in pieces; references are decoded.
    virtual void text(std::string_view text, std::size_t offset) = 0;
};

// Why an XML text could not be read to its end.
struct XmlFault {
    std::size_t offset = 0;
    std::string code;  // of R4's issue types
    std::string text;  // one sentence
};

struct XmlRules {
    XmlEncoding encoding = XmlEncoding::utf8;  // what the bytes were
    std::size_t depth_max = 512;
    enum class Declaration { allowed, refused } declaration = Declaration::allowed;
};

// `utf8` must outlive the call; below 2 GiB. The first fault; nothing if it was read whole.
std::optional<XmlFault> parse_xml(std::string_view utf8, XmlEvents& events,
                                  const XmlRules& rules = {});

}  // namespace gateway
