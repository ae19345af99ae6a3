// Reads one mapping file: R5's grammar and the R4 dialect. Faults never stop it: it goes on behind
// the next `;` or `}` and so finds all of them; each says what was expected, with line and column
// (`Issue.source` is the file's name, so `render(issue, issue.source, file.text)` shows the caret).
// Pure; nesting is bounded.
#pragma once

#include "gateway/base/issue.h"
#include "gateway/engine/map/syntax.h"

namespace gateway {

// What could be read; use it only if `issues` gained no error.
MapSyntax parse_map(const MapFile& file, Issues& issues);

}  // namespace gateway
