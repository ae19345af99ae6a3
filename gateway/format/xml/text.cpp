#include "gateway/format/xml/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gateway/format/document/utf8.h"

namespace gateway {

namespace {

constexpr std::array<std::pair<std::string_view, char>, 5> predefined = {
    {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};

// What stands for a byte in an attribute; empty for a byte that stands for itself.
constexpr std::array<std::string_view, 256> make_references() {
    std::array<std::string_view, 256> references{};
    references['&'] = "&amp;";
    references['<'] = "&lt;";
    references['>'] = "&gt;";
    references['"'] = "&quot;";
    references['\t'] = "&#9;";
    references['\n'] = "&#10;";
    references['\r'] = "&#13;";
    return references;
}

constexpr std::array<std::string_view, 256> references = make_references();

void append_escaped(std::string& out, std::string_view text) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view reference = references[static_cast<unsigned char>(text[at])];
        if (!reference.empty()) {
            out.append(text, begin, at - begin);
            out += reference;
            begin = at + 1;
        }
    }
    out.append(text, begin);
}

void append_spaces(std::string& out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        out += "&#32;";
    }
}

// `name` of `&name;`
void append_reference(std::string& out, std::string_view name) {
    if (!name.starts_with('#')) {
        const auto known =
            std::ranges::find(predefined, name, &std::pair<std::string_view, char>::first);
        if (known != predefined.end()) {
            out += known->second;
        }
        return;
    }
    const bool hex = name.starts_with("#x");
    const std::string_view digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    append_utf8(out, code);
}

}  // namespace

std::optional<std::size_t> xml_character_fault(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
        const bool last_two = byte == 0xEF && (text.substr(at).starts_with("\xEF\xBF\xBE") ||
                                               text.substr(at).starts_with("\xEF\xBF\xBF"));
        if (control || last_two) {
            return at;
        }
    }
    return std::nullopt;
}

void append_xml_attribute(std::string& out, std::string_view text) {
    const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
    append_spaces(out, first);
    text.remove_prefix(first);
    const std::size_t end = text.find_last_not_of(' ') + 1;  // npos + 1 is 0
    append_escaped(out, text.substr(0, end));
    append_spaces(out, text.size() - end);
}

bool is_plain_xml(std::string_view raw) {
    return std::ranges::none_of(
        raw, [](char c) { return c == '&' || c == '\t' || c == '\n' || c == '\r'; });
}

std::string decode_xml_attribute(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size(); ++at) {
        const char c = raw[at];
        if (c == '&') {
            const std::size_t end = std::min(raw.find(';', at), raw.size());
            append_reference(out, raw.substr(at + 1, end - at - 1));
            at = end;
        } else if (c == '\r' && at + 1 < raw.size() && raw[at + 1] == '\n') {
            continue;  // one line end, one space
        } else {
            out += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
        }
    }
    return out;
}

}  // namespace gateway
