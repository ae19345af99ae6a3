// Text of a v2 value <-> UTF-8: escape sequences (HL7 v2.8.2 chapter 2.7) and character set. Pure.
#pragma once

#include <string>
#include <string_view>

#include "gateway/format/hl7v2/character_set.h"
#include "gateway/format/hl7v2/separators.h"

namespace gateway {

// What was not carried over as a reader would expect.
struct DecodeNotes {
    bool unknown_escape = false;  // kept as it stands
    bool layout_dropped = false;  // highlighting, indents: left out of the text
};

// Appends the text that `raw` stands for.
void decode_value(std::string_view raw, const Separators& separators, CharacterSet set,
                  std::string& out, DecodeNotes& notes);

// One value with what would be taken for a separator escaped; `text` is UTF-8.
void append_escaped(std::string& out, std::string_view text, const Separators& separators);

}  // namespace gateway
