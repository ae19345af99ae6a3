#include "gateway/format/json/reader.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "gateway/base/failure.h"
#include "gateway/format/document/utf8.h"
#include "gateway/format/json/tree_builder.h"

// A broken assumption inside RapidJSON is a fault of one message, not the end of the process.
#define RAPIDJSON_ASSERT(condition)                                                   \
    do {                                                                              \
        if (!(condition)) throw std::logic_error("RapidJSON: assertion " #condition); \
    } while (false)
// Its SSE4.2 code reads whole aligned blocks past the end of the text, which is harmless and which
// the sanitizers report all the same.
#if defined(__SSE4_2__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define RAPIDJSON_SSE42
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)  // how clang says it
#undef RAPIDJSON_SSE42
#endif
#endif
// Its empty stack adds sizes to a null pointer, which does no harm and which clang's UBSan reports.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

namespace gateway {

namespace {

constexpr unsigned parse_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;

// RapidJSON's SAX events with their place. The stream stands at the first byte of a string, number,
// brace or bracket when the event comes, and behind the words true, false and null.
class SaxEvents {
public:
    SaxEvents(const rapidjson::StringStream& stream, JsonTreeBuilder& builder)
        : stream_(stream), builder_(builder) {}

    // NOLINTBEGIN(readability-identifier-naming): RapidJSON calls its handlers by these names.
    bool Null() { return word(ValueKind::null, 4); }

    bool Bool(bool value) { return word(ValueKind::boolean, value ? 4 : 5); }

    bool RawNumber(const char*, rapidjson::SizeType length, bool) {
        builder_.word(ValueKind::number, stream_.Tell(), length);
        return true;
    }

    bool String(const char* text, rapidjson::SizeType length, bool) {
        builder_.string({text, length}, stream_.Tell());
        return true;
    }

    bool Key(const char* text, rapidjson::SizeType length, bool) {
        builder_.key({text, length}, stream_.Tell());
        return true;
    }

    bool StartObject() {
        builder_.start_object(stream_.Tell());
        return true;
    }

    bool EndObject(rapidjson::SizeType) {
        builder_.end_object(stream_.Tell() + 1);
        return true;
    }

    bool StartArray() {
        builder_.start_array(stream_.Tell());
        return true;
    }

    bool EndArray(rapidjson::SizeType) {
        builder_.end_array();
        return true;
    }

    // Never come: numbers arrive as text.
    bool Int(int) { return false; }

    bool Uint(unsigned) { return false; }

    bool Int64(std::int64_t) { return false; }

    bool Uint64(std::uint64_t) { return false; }

    bool Double(double) { return false; }

    // NOLINTEND(readability-identifier-naming)

private:
    bool word(ValueKind kind, std::size_t length) {
        builder_.word(kind, stream_.Tell() - length, length);
        return true;
    }

    const rapidjson::StringStream& stream_;
    JsonTreeBuilder& builder_;
};

[[noreturn]] void refuse(Issue issue) {
    Issues issues;
    std::string text = issue.text;
    issues.add(std::move(issue));
    throw Failure(Category::invalid, std::move(text), {}, std::move(issues));
}

[[noreturn]] void refuse_at(std::string_view bytes, std::size_t offset, std::string text) {
    refuse({.code = "invalid",
            .path = {},
            .text = std::move(text),
            .position = position_at(bytes, offset)});
}

void check_bytes(std::string_view bytes, const JsonLimits& limits) {
    if (bytes.size() > limits.bytes_max ||
        bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw Failure(
            Category::too_large,
            fmt::format("the JSON is larger than {} bytes; send it in parts", limits.bytes_max));
    }
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        refuse_at(bytes, 0, "the JSON begins with a byte order mark; send UTF-8 without one");
    }
    if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) {
        refuse_at(bytes, nul, "the JSON holds a NUL byte; send UTF-8 text without NUL");
    }
    if (const auto fault = utf8_fault(bytes)) {
        refuse_at(bytes, *fault, "the JSON is not UTF-8 near here; send it in UTF-8");
    }
}

std::string string_fault(std::string_view bytes, std::size_t offset) {
    if (offset < bytes.size() && static_cast<unsigned char>(bytes[offset]) < 0x20) {
        return "a control character stands in a string; write it as an escape such as \\n";
    }
    return "an escape in a string is none of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX; correct it";
}

std::string sentence(rapidjson::ParseErrorCode code, std::string_view bytes, std::size_t offset) {
    switch (code) {
        case rapidjson::kParseErrorDocumentEmpty:
            return "there is no JSON in the content; send one object, `{ … }`";
        case rapidjson::kParseErrorDocumentRootNotSingular:
            return "something follows the end of the JSON object; send one object only";
        case rapidjson::kParseErrorValueInvalid:
            return "a value is missing or is none of string, number, object, array, true, false, "
                   "null; write one here";
        case rapidjson::kParseErrorObjectMissName:
            return "the name of a member is missing; write it in double quotes, and no comma "
                   "before a closing brace";
        case rapidjson::kParseErrorObjectMissColon:
            return "a colon is missing after the name of a member; write one";
        case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
            return "a comma or a closing brace is missing in an object; write one here";
        case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
            return "a comma or a closing bracket is missing in an array; write one here";
        case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
            return "a \\u escape needs four hexadecimal digits; correct it";
        case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
            return "a \\u escape names one half of a surrogate pair only; write both halves or the "
                   "character itself";
        case rapidjson::kParseErrorStringEscapeInvalid:
            return string_fault(bytes, offset);
        case rapidjson::kParseErrorStringMissQuotationMark:
            return "a string has no closing quotation mark; write it";
        case rapidjson::kParseErrorStringInvalidEncoding:
            return "a string is not UTF-8; send UTF-8";
        case rapidjson::kParseErrorNumberTooBig:
            return "a number is beyond the range of a double; send a smaller one";
        case rapidjson::kParseErrorNumberMissFraction:
            return "digits are missing after the decimal point; write at least one";
        case rapidjson::kParseErrorNumberMissExponent:
            return "digits are missing in the exponent of a number; write at least one";
        case rapidjson::kParseErrorNone:
        case rapidjson::kParseErrorTermination:
        case rapidjson::kParseErrorUnspecificSyntaxError:
            break;
    }
    return "the JSON is not well-formed here; check it with a JSON tool";
}

[[noreturn]] void refuse_syntax(const rapidjson::ParseResult& result, std::string_view bytes,
                                const JsonTreeBuilder& builder) {
    Issue issue;
    issue.code = "structure";
    issue.path = builder.path();
    issue.text = sentence(result.Code(), bytes, result.Offset());
    issue.position = position_at(bytes, result.Offset());
    Issues issues = builder.issues();
    std::string text = issue.text;
    issues.add(std::move(issue));
    throw Failure(Category::invalid, std::move(text), {}, std::move(issues));
}

}  // namespace

Document read_json(std::shared_ptr<const std::string> bytes, std::shared_ptr<const NameTable> names,
                   const JsonLimits& limits) {
    const std::string& text = *bytes;
    check_bytes(text, limits);
    JsonTreeBuilder builder(std::move(bytes), std::move(names), limits);  // keeps the text alive
    rapidjson::StringStream stream(text.c_str());
    SaxEvents events(stream, builder);
    rapidjson::Reader parser;
    const rapidjson::ParseResult result = parser.Parse<parse_flags>(stream, events);
    if (result.IsError()) {
        refuse_syntax(result, text, builder);
    }
    if (!builder.issues().empty()) {
        throw Failure(Category::invalid, builder.issues()[0].text, {}, builder.issues());
    }
    return builder.take();
}

}  // namespace gateway
