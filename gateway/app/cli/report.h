// How verbs print issues and documents: the one form for all of them.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"

namespace gateway {

// Each with its place; where `source` is a file that can be read, with the line and a caret.
void print_issues(const Issues& issues, std::ostream& out);

// Of one input: `file` names it, `content` are its bytes.
void print_issues(const Issues& issues, std::string_view file, std::string_view content,
                  std::ostream& out);

void print_json(const Document& document, std::ostream& out);

// A file's content, or, for "-", the standard input's.
std::shared_ptr<const std::string> read_input(const std::string& file, std::istream& in);

}  // namespace gateway
