// PostgreSQL keeps text as UTF-8 without NUL, but partners send what they like in the fields that
// the store keeps as text. A byte that cannot stand there (also each of a character that would be
// taken for an escape) becomes the character U+10FF00 plus the byte: private use, so that nobody
// else means anything by it. Equal texts stay equal, others stay different. Pure.
#pragma once

#include <string>
#include <string_view>

namespace gateway::postgres {

// Whether `text` may be stored as it is.
bool is_plain_text(std::string_view text);

std::string escape_text(std::string_view text);

// Whether `stored` may hold an escape.
bool may_be_escaped(std::string_view stored);

std::string unescape_text(std::string_view stored);

}  // namespace gateway::postgres
