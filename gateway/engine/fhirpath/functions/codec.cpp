// encode, decode, escape and unescape (current build, #additional-string-functions).
#include <array>

#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/format/document/utf8.h"

namespace gateway {
namespace {

constexpr std::string_view base64_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view hex_letters = "0123456789abcdef";

std::string to_hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.push_back(hex_letters[byte >> 4U]);
        text.push_back(hex_letters[byte & 15U]);
    }
    return text;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    for (std::size_t index = 0; index < text.size(); index += 2) {
        const int high = hex_digit(text[index]);
        const int low = hex_digit(text[index + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return bytes;
}

std::string to_base64(std::string_view bytes, std::string_view letters) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6) {
            text.push_back(letters[(bits >> (count - 6)) & 63U]);
        }
    }
    if (count > 0) {
        text.push_back(letters[(bits << (6 - count)) & 63U]);
    }
    while (text.size() % 4 != 0) {
        text.push_back('=');
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text, std::string_view letters) {
    while (text.ends_with('=')) {
        text.remove_suffix(1);
    }
    if (text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::size_t letter = letters.find(c);
        if (letter == std::string_view::npos) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(letter);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<char>((bits >> count) & 255U));
        }
    }
    return bytes;
}

std::optional<std::string> encoded(std::string_view text, std::string_view format) {
    if (format == "hex") {
        return to_hex(text);
    }
    if (format == "base64") {
        return to_base64(text, base64_letters);
    }
    if (format == "urlbase64") {
        return to_base64(text, url_letters);
    }
    return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text, std::string_view format) {
    if (format == "hex") {
        return from_hex(text);
    }
    if (format == "base64") {
        return from_base64(text, base64_letters);
    }
    if (format == "urlbase64") {
        return from_base64(text, url_letters);
    }
    return std::nullopt;
}

struct HtmlEntity {
    std::string_view character;
    std::string_view entity;
};

constexpr std::array<HtmlEntity, 5> html_entities{{
    {"&", "&amp;"},
    {"<", "&lt;"},
    {">", "&gt;"},
    {"\"", "&quot;"},
    {"'", "&#39;"},
}};

std::string html_escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        std::string_view part(&c, 1);
        for (const HtmlEntity& entity : html_entities) {
            if (entity.character[0] == c) {
                part = entity.entity;
            }
        }
        result += part;
    }
    return result;
}

std::string html_unescaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        std::size_t taken = 1;
        std::string_view part = text.substr(0, 1);
        for (const HtmlEntity& entity : html_entities) {
            if (!text.starts_with(entity.entity)) {
                continue;
            }
            part = entity.character;
            taken = entity.entity.size();
        }
        result += part;
        text.remove_prefix(taken);
    }
    return result;
}

constexpr std::string_view json_characters = "\"\\\b\f\n\r\t/";
constexpr std::string_view json_letters = "\"\\bfnrt/";

std::string json_escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const std::size_t index = json_characters.find(c);
        if (index != std::string_view::npos && c != '/') {
            result.push_back('\\');
            result.push_back(json_letters[index]);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            result += "\\u00";
            result += to_hex({&c, 1});
        } else {
            result.push_back(c);
        }
    }
    return result;
}

std::string json_unescaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t letter = text.size() > 1 && text[0] == '\\' ? json_letters.find(text[1])
                                                                      : std::string_view::npos;
        if (letter != std::string_view::npos) {
            result.push_back(json_characters[letter]);
            text.remove_prefix(2);
            continue;
        }
        const bool unicode = text.starts_with("\\u") && text.size() >= 6;
        const auto bytes = unicode ? from_hex(text.substr(2, 4)) : std::nullopt;
        if (bytes) {
            append_utf8(result,
                        static_cast<std::uint32_t>(static_cast<unsigned char>((*bytes)[0]) * 256U +
                                                   static_cast<unsigned char>((*bytes)[1])));
            text.remove_prefix(6);
            continue;
        }
        result.push_back(text.front());
        text.remove_prefix(1);
    }
    return result;
}

std::optional<std::string> escaped(std::string_view text, std::string_view target) {
    if (target == "html") {
        return html_escaped(text);
    }
    if (target == "json") {
        return json_escaped(text);
    }
    return std::nullopt;
}

std::optional<std::string> unescaped(std::string_view text, std::string_view target) {
    if (target == "html") {
        return html_unescaped(text);
    }
    if (target == "json") {
        return json_unescaped(text);
    }
    return std::nullopt;
}

using Recoding = std::optional<std::string> (*)(std::string_view, std::string_view);

// Empty where the format is unknown or the text is not of that format.
template <Recoding recode>
void run_recoding(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single(step, begin);
    const auto text = value ? evaluator.string_value(*value) : std::nullopt;
    evaluator.drop_to(begin);
    if (value && !text) {
        evaluator.fail(step, step.text + "() is for Strings");
    }
    const auto format = evaluator.text_argument(step, 0, scope);
    if (!text || !format) {
        return;
    }
    const auto result = recode(*text, *format);
    if (result) {
        evaluator.push(evaluator.text_value(*result));
    }
}

constexpr auto string = ResultType::string;

constexpr std::array table{
    PathFunction{"encode", 1, 1, run_recoding<encoded>, string, ArgumentUse::value,
                 InputType::string},
    PathFunction{"decode", 1, 1, run_recoding<decoded>, string, ArgumentUse::value,
                 InputType::string},
    PathFunction{"escape", 1, 1, run_recoding<escaped>, string, ArgumentUse::value,
                 InputType::string},
    PathFunction{"unescape", 1, 1, run_recoding<unescaped>, string, ArgumentUse::value,
                 InputType::string},
};

}  // namespace

std::span<const PathFunction> codec_functions() {
    return table;
}

}  // namespace gateway
