// Document -> HL7 v2 (ER7): the inverse of read_hl7v2, for documents of its shape, grouped or flat
// (a child with `f` children or without children is a segment; MSH comes first). Separators are
// those of MSH-1 and MSH-2, else `|^~\&`. Segments end with CR; trailing separators are cut; values
// are escaped (a line feed is \.br\, other control characters \Xhh\). The character set is that of
// MSH-18; UTF-8 where it names none, and, with MSH-18 changed, where it lacks a character.
// Errors: std::logic_error for a document of another shape (a name that is no part of a message).
#pragma once

#include <string>

#include "gateway/format/document/document.h"

namespace gateway {

std::string write_hl7v2(const Document& document);

}  // namespace gateway
