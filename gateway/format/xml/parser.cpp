#include "gateway/format/xml/parser.h"

#include <expat.h>
#include <fmt/format.h>

#include <exception>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "gateway/base/text.h"
#include "gateway/format/xml/start_tag.h"

namespace gateway {

namespace {

// Between namespace and name; no namespace can hold it, since attributes have no line ends.
constexpr char separator = '\n';

struct ResolvedName {
    std::string_view space;
    std::string_view name;
};

ResolvedName resolved(std::string_view joined) {
    const std::size_t at = joined.rfind(separator);
    return at == std::string_view::npos
               ? ResolvedName{.space = {}, .name = joined}
               : ResolvedName{.space = joined.substr(0, at), .name = joined.substr(at + 1)};
}

bool is_encoding(std::string_view declared, XmlEncoding actual) {
    const auto is = [declared](std::string_view name) {
        return equal_ignoring_case(declared, name);
    };
    switch (actual) {
        case XmlEncoding::utf8:
            return is("UTF-8");
        case XmlEncoding::utf16_little:
            return is("UTF-16") || is("UTF-16LE");
        case XmlEncoding::utf16_big:
            break;
    }
    return is("UTF-16") || is("UTF-16BE");
}

std::string sentence(XML_Error error) {
    switch (error) {
        case XML_ERROR_NO_ELEMENTS:
            return "the XML ends before its root element does; send it whole";
        case XML_ERROR_UNCLOSED_TOKEN:
        case XML_ERROR_PARTIAL_CHAR:
        case XML_ERROR_UNCLOSED_CDATA_SECTION:
            return "a tag, comment or CDATA section that begins here has no end; close it";
        case XML_ERROR_TAG_MISMATCH:
            return "this end tag closes another element than the one that is open; close the inner "
                   "one first";
        case XML_ERROR_DUPLICATE_ATTRIBUTE:
            return "an attribute stands twice in this tag; keep one of the two";
        case XML_ERROR_JUNK_AFTER_DOC_ELEMENT:
            return "something follows the end of the root element; send one resource only";
        case XML_ERROR_UNDEFINED_ENTITY:
            return "this entity is none of &amp; &lt; &gt; &quot; &apos;; write the character "
                   "itself, or its number (&#160;)";
        case XML_ERROR_BAD_CHAR_REF:
            return "this character reference names no character of XML 1.0; leave it out";
        case XML_ERROR_UNBOUND_PREFIX:
            return "this prefix is not declared; declare its namespace, or leave the prefix out";
        case XML_ERROR_RESERVED_PREFIX_XML:
        case XML_ERROR_RESERVED_PREFIX_XMLNS:
        case XML_ERROR_RESERVED_NAMESPACE_URI:
            return "the prefixes xml and xmlns are reserved; declare another one";
        case XML_ERROR_UNDECLARING_PREFIX:
            return "a prefix cannot be declared as no namespace; leave the declaration out";
        case XML_ERROR_MISPLACED_XML_PI:
            return "the XML declaration stands at the very beginning or not at all; nothing may "
                   "come before it";
        case XML_ERROR_XML_DECL:
            return "the XML declaration is not well-formed; write "
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        default:
            return "the XML is not well-formed here; check it with an XML tool";
    }
}

class ExpatParse {
public:
    ExpatParse(std::string_view utf8, XmlEvents& events, const XmlRules& rules)
        : text_(utf8),
          events_(events),
          rules_(rules),
          parser_(XML_ParserCreateNS("UTF-8", separator), XML_ParserFree) {
        if (parser_ == nullptr) {
            throw std::bad_alloc();
        }
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(parser_.get(), on_start, on_end);
        XML_SetCharacterDataHandler(parser_.get(), on_text);
        XML_SetXmlDeclHandler(parser_.get(), on_declaration);
        XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
    }

    std::optional<XmlFault> run() {
        if (text_.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
            throw std::logic_error("an XML text of 2 GiB or more");
        }
        // In one piece: expat then neither copies nor scans a long token twice.
        const XML_Status status =
            XML_Parse(parser_.get(), text_.data(), static_cast<int>(text_.size()), XML_TRUE);
        if (thrown_ != nullptr) {
            std::rethrow_exception(thrown_);
        }
        if (!fault_ && status != XML_STATUS_OK) {
            fault_ = XmlFault{.offset = offset(),
                              .code = "structure",
                              .text = sentence(XML_GetErrorCode(parser_.get()))};
        }
        return std::move(fault_);
    }

private:
    static ExpatParse& self(void* user) { return *static_cast<ExpatParse*>(user); }

    // expat is C: nothing may be thrown through it.
    template <typename Act>
    static void guarded(void* user, Act act) {
        ExpatParse& parse = self(user);
        if (parse.stopped_) {
            return;
        }
        try {
            act(parse);
        } catch (const std::exception&) {
            parse.thrown_ = std::current_exception();
            parse.stop();
        }
    }

    static void on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
        guarded(user, [&](ExpatParse& parse) { parse.start(name, attributes); });
    }

    static void on_end(void* user, const XML_Char* /*name*/) {
        guarded(user, [](ExpatParse& parse) { parse.end(); });
    }

    static void on_text(void* user, const XML_Char* text, int size) {
        guarded(user, [&](ExpatParse& parse) {
            parse.events_.text({text, static_cast<std::size_t>(size)}, parse.offset());
        });
    }

    static void on_declaration(void* user, const XML_Char* version, const XML_Char* encoding,
                               int /*standalone*/) {
        guarded(user, [&](ExpatParse& parse) { parse.declaration(version, encoding); });
    }

    static void on_doctype(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                           const XML_Char* /*public*/, int /*has_internal_subset*/) {
        guarded(user, [](ExpatParse& parse) {
            parse.fail("structure",
                       "the XML has a DOCTYPE, which FHIR forbids, for it can bring in other "
                       "files; leave it out");
        });
    }

    std::size_t offset() const {
        return static_cast<std::size_t>(std::max(XML_GetCurrentByteIndex(parser_.get()), 0L));
    }

    std::size_t length() const {
        return static_cast<std::size_t>(XML_GetCurrentByteCount(parser_.get()));
    }

    void stop() {
        stopped_ = true;
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    void fail(std::string_view code, std::string text) {
        fault_ = XmlFault{.offset = offset(), .code = std::string{code}, .text = std::move(text)};
        stop();
    }

    void declaration(const XML_Char* version, const XML_Char* encoding) {
        if (rules_.declaration == XmlRules::Declaration::refused) {
            fail("structure", "an XML declaration stands inside a document; leave it out");
        } else if (version != nullptr && std::string_view{version} != "1.0") {
            fail("not-supported", "the XML declaration names a version other than 1.0; send 1.0");
        } else if (encoding != nullptr && !is_encoding(encoding, rules_.encoding)) {
            fail("invalid",
                 fmt::format("the XML declaration names another encoding than the bytes have, "
                             "which is {}; send UTF-8 and say so",
                             rules_.encoding == XmlEncoding::utf8 ? "UTF-8" : "UTF-16"));
        }
    }

    void start(const XML_Char* name, const XML_Char** attributes) {
        if (++depth_ > rules_.depth_max) {
            fail("too-long", fmt::format("elements are nested deeper than {} levels; flatten the "
                                         "content",
                                         rules_.depth_max));
            return;
        }
        XmlStart element;
        const ResolvedName resolved_name = resolved(name);
        element.space = resolved_name.space;
        element.name = resolved_name.name;
        element.offset = offset();
        element.tag = text_.substr(element.offset, length());
        element.qualified_name = scan_start_tag(element.tag, raw_);
        join(attributes, element);
        element.attributes = attributes_;
        events_.start(element);
    }

    // expat tells names with their namespaces, the tag how values are written; both in one order,
    // but expat leaves namespace declarations out.
    void join(const XML_Char** resolved_attributes, XmlStart& element) {
        attributes_.clear();
        for (const RawAttribute& raw : raw_) {
            if (raw.name == "xmlns") {
                element.default_namespace = raw.raw;
            } else if (!raw.name.starts_with("xmlns:") && *resolved_attributes != nullptr) {
                const ResolvedName name = resolved(*resolved_attributes);
                resolved_attributes += 2;
                attributes_.push_back({.space = name.space,
                                       .name = name.name,
                                       .raw = raw.raw,
                                       .offset = element.offset + raw.offset});
            }
        }
    }

    void end() {
        --depth_;
        events_.end({.offset = offset(), .end = offset() + length()});
    }

    std::string_view text_;
    XmlEvents& events_;
    XmlRules rules_;
    std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
    std::vector<RawAttribute> raw_;
    std::vector<XmlAttribute> attributes_;
    std::size_t depth_ = 0;
    bool stopped_ = false;
    std::optional<XmlFault> fault_;
    std::exception_ptr thrown_;
};

}  // namespace

std::optional<XmlFault> parse_xml(std::string_view utf8, XmlEvents& events, const XmlRules& rules) {
    return ExpatParse(utf8, events, rules).run();
}

}  // namespace gateway
