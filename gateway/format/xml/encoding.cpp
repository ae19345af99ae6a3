#include "gateway/format/xml/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "gateway/base/failure.h"
#include "gateway/format/document/utf8.h"

namespace gateway {

namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr std::size_t mark_distance = 256;

[[noreturn]] void refuse_bytes(Position position, std::string text) {
    Issues issues;
    issues.add({.code = "invalid", .path = {}, .text = text, .position = position});
    throw Failure(Category::invalid, std::move(text), {}, std::move(issues));
}

// By the byte order mark, else by how "<" is written.
XmlEncoding encoding_of(std::string_view bytes) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("<\0"sv)) {
        return XmlEncoding::utf16_little;
    }
    if (bytes.starts_with("\xFE\xFF"sv) || bytes.starts_with("\0<"sv)) {
        return XmlEncoding::utf16_big;
    }
    return XmlEncoding::utf8;
}

// Takes characters off UTF-16.
class Utf16 {
public:
    Utf16(std::string_view bytes, XmlEncoding encoding)
        : bytes_(bytes), high_(encoding == XmlEncoding::utf16_big ? 0U : 1U) {}

    bool at_end() const { return at_ >= bytes_.size(); }

    std::size_t offset() const { return at_; }

    // Nothing where half a character stands.
    std::optional<std::uint32_t> next() {
        const auto first = unit();
        if (!first || *first < 0xD800 || *first > 0xDFFF) {
            return first;
        }
        const auto second = *first < 0xDC00 ? unit() : std::nullopt;
        if (!second || *second < 0xDC00 || *second > 0xDFFF) {
            return std::nullopt;
        }
        return 0x10000U + ((*first - 0xD800U) << 10U) + (*second - 0xDC00U);
    }

private:
    std::optional<std::uint32_t> unit() {
        if (at_ + 2 > bytes_.size()) {
            return std::nullopt;
        }
        const auto byte = [this](std::size_t at) -> std::uint32_t {
            return static_cast<unsigned char>(bytes_[at]);
        };
        const std::uint32_t value = (byte(at_ + high_) << 8U) | byte(at_ + 1 - high_);
        at_ += 2;
        return value;
    }

    std::string_view bytes_;
    std::size_t high_;
    std::size_t at_ = 0;
};

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

XmlText::XmlText(std::shared_ptr<const std::string> bytes, std::size_t bytes_max)
    : encoding_(encoding_of(*bytes)) {
    if (bytes->size() > bytes_max || bytes->size() > std::numeric_limits<std::int32_t>::max()) {
        throw Failure(Category::too_large,
                      fmt::format("the XML is larger than {} bytes; send it in parts", bytes_max));
    }
    if (encoding_ == XmlEncoding::utf8) {
        utf8_ = std::move(bytes);
        if (const auto fault = utf8_fault(*utf8_)) {
            refuse_bytes(position(*fault), "the XML is not UTF-8 near here; send it in UTF-8");
        }
    } else {
        transcode(*bytes);
    }
    if (const std::size_t nul = utf8_->find('\0'); nul != std::string::npos) {
        refuse_bytes(position(nul), "the XML holds a NUL character; send text without NUL");
    }
}

void XmlText::transcode(const std::string& bytes) {
    std::string text;
    text.reserve(bytes.size());
    Utf16 characters(bytes, encoding_);
    std::size_t next_mark = 0;
    while (!characters.at_end()) {
        if (text.size() >= next_mark) {
            marks_.emplace_back(static_cast<std::uint32_t>(text.size()),
                                static_cast<std::uint32_t>(characters.offset()));
            next_mark = text.size() + mark_distance;
        }
        const auto character = characters.next();
        if (!character) {
            refuse_bytes(position_at(text, text.size()),
                         "the XML is not UTF-16 here: half of a character stands alone; send it "
                         "in UTF-8");
        }
        append_utf8(text, *character);
    }
    if (text.size() > std::numeric_limits<std::int32_t>::max()) {
        throw Failure(Category::too_large, "the XML is too large; send it in parts");
    }
    utf8_ = std::make_shared<const std::string>(std::move(text));
}

std::size_t XmlText::original_offset(std::size_t offset) const {
    if (marks_.empty()) {
        return offset;
    }
    const auto after = std::ranges::upper_bound(
        marks_, offset, {}, [](const auto& mark) { return static_cast<std::size_t>(mark.first); });
    const auto& [from, original] = *std::prev(after);
    std::size_t at = original;
    for (std::size_t i = from; i < std::min(offset, utf8_->size()); ++i) {
        const char c = (*utf8_)[i];
        at += is_continuation(c) ? 0U : static_cast<unsigned char>(c) >= 0xF0 ? 4U : 2U;
    }
    return at;
}

SourceRange XmlText::original(std::size_t offset, std::size_t length) const {
    const std::size_t begin = original_offset(offset);
    return {static_cast<std::uint32_t>(begin),
            static_cast<std::uint32_t>(original_offset(offset + length) - begin)};
}

Position XmlText::position(std::size_t offset) const {
    const std::size_t mark = utf8_->starts_with(utf8_mark) ? utf8_mark.size() : 0;
    return position_at(std::string_view{*utf8_}.substr(mark), offset < mark ? 0 : offset - mark);
}

}  // namespace gateway
