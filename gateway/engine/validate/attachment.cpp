#include "gateway/engine/validate/attachment.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

namespace gateway {

namespace {

// The bytes that base64 text stands for, without decoding it: letters of several megabytes are
// common. White space does not count (R4 base64Binary), nor does padding.
std::size_t decoded_size(std::string_view base64) {
    const auto is_content = [](char c) {
        return c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '=';
    };
    return static_cast<std::size_t>(std::ranges::count_if(base64, is_content)) * 3 / 4;
}

std::optional<std::size_t> number(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional{value} : std::nullopt;
}

}  // namespace

void check_attachment(CheckContext& context, NodeId node) {
    const NodeId size = context.document.child(node, context.names().size);
    const NodeId data = context.document.child(node, context.names().data);
    if (size == no_node || data == no_node || !context.document.has_value(data)) {
        return;
    }
    const auto stated = number(context.document.value(size));
    if (stated && *stated != decoded_size(context.document.value(data))) {
        context.findings.add({.code = "structure",
                              .at = node,
                              .text = "the stated size is not that of the data: send the whole "
                                      "attachment, or correct its size",
                              .shown_at = size});
    }
}

}  // namespace gateway
