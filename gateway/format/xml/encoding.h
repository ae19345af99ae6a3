// The bytes of an XML document as UTF-8, with the way back to where they stood. UTF-8 (with or
// without a byte order mark) is used as it is; UTF-16 is rewritten. Anything else is refused by
// what the bytes are; what the XML declaration claims is held against it by parse_xml. Immutable.
// Spec: XML 1.0 appendix F; R4 xml.html asks for UTF-8.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/format/document/node.h"

namespace gateway {

enum class XmlEncoding { utf8, utf16_little, utf16_big };

class XmlText {
public:
    // Failure(invalid) with the place where the bytes are no text, Failure(too_large) beyond the
    // limit.
    XmlText(std::shared_ptr<const std::string> bytes, std::size_t bytes_max);

    // UTF-8; a byte order mark is still there.
    const std::shared_ptr<const std::string>& utf8() const { return utf8_; }

    XmlEncoding encoding() const { return encoding_; }

    // A range of utf8() as one of the original bytes.
    SourceRange original(std::size_t offset, std::size_t length) const;

    // Line and column of a byte of utf8(); a byte order mark does not count.
    Position position(std::size_t offset) const;

private:
    void transcode(const std::string& bytes);
    std::size_t original_offset(std::size_t offset) const;

    std::shared_ptr<const std::string> utf8_;
    XmlEncoding encoding_ = XmlEncoding::utf8;
    // UTF-16 only: (offset in utf8(), offset in the original), every few hundred bytes.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> marks_;
};

}  // namespace gateway
