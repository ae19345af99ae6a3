// The names that HL7 v2 messages share: fields f1..f99, components c1..c40, subcomponents s1..s40,
// the segments and groups of known structures. Others are interned per document.
#pragma once

#include "gateway/format/document/name_table.h"

namespace gateway {

// While the table is built.
void add_hl7v2_names(NameTable& names);

}  // namespace gateway
