// HL7 v2 (ER7) -> document, in the shape of document.h: segments under the root, fields `f3` (one
// node a repetition), components `c1`, subcomponents `s1`.
//   * Empty parts make no node; numbers stay right. Trailing separators are not kept. Empty
//     repetitions before a filled one make no node either, but are counted (Document::skipped).
//   * A field, component or subcomponent that is `""` (delete this value) has ValueKind::null and
//     the text `""`.
//   * MSH-1 is `f1` with the separator itself, MSH-2 is `f2` verbatim. A field repeats where more
//     than one repetition stands in it; every segment but MSH is marked `repeats`.
//   * Escapes are resolved (\F\ \S\ \T\ \R\ \E\ \P\ \Xhh..\ \.br\ \.sp\ \.ce\ \.sk\); highlighting
//     and layout (\H\ \N\ \.in\ \.ti\ \.fi\ \.nf\) leave the text; unknown ones are kept as they
//     stand. Each of the last two is noted.
//   * MSH-18 rules the character set: UNICODE UTF-8, 8859/1, 8859/15, ASCII; without it valid UTF-8
//     is taken as such, else ISO 8859-1 (bytes 80-9F as Windows-1252 has them). Values are UTF-8;
//     source ranges always point into the bytes as sent.
//   * Segments end with CR, LF or CR LF, also mixed; a UTF-8 BOM in front and blank lines behind
//     are tolerated.
// Errors: Failure(invalid) with one Issue that names field, line and column. A batch (FHS, BHS), a
// second MSH and text that is no segment are refused. No recursion; safe from any thread.
// https://www.hl7.eu/HL7v2x/v282/std282/ch02.html
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"

namespace gateway {

struct Hl7v2Limits {
    std::size_t bytes_max = std::size_t{256} << 20;
    std::size_t segments_max = 100'000;
    std::size_t nodes_max = 5'000'000;
    std::size_t field_number_max = 999;
};

// `notes`, where given, receives warnings: unknown escapes, a character set that was guessed.
Document read_hl7v2(std::shared_ptr<const std::string> bytes,
                    std::shared_ptr<const NameTable> names, const Hl7v2Limits& limits = {},
                    Issues* notes = nullptr);

}  // namespace gateway
