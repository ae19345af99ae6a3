// Small messages for tests, with `|` for readability and CR as the standard has it.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/reader.h"

namespace gateway {

inline constexpr std::string_view plain_msh =
    R"(MSH|^~\&|APP|FAC|RAPP|RFAC|20260102030405||REF^I12^REF_I12|ID1|P|2.4)";

inline std::string message(std::initializer_list<std::string_view> segments) {
    std::string text;
    for (const std::string_view segment : segments) {
        text.append(segment).append("\r");
    }
    return text;
}

inline std::shared_ptr<const NameTable> hl7v2_names() {
    static const std::shared_ptr<const NameTable> shared = [] {
        auto names = std::make_shared<NameTable>();
        add_hl7v2_names(*names);
        return names;
    }();
    return shared;
}

inline Document read_message(std::string text, Issues* notes = nullptr,
                             const Hl7v2Limits& limits = {}) {
    return read_hl7v2(std::make_shared<const std::string>(std::move(text)), hl7v2_names(), limits,
                      notes);
}

// One segment behind a plain MSH.
inline Document read_segment(std::string_view segment, Issues* notes = nullptr) {
    return read_message(message({plain_msh, segment}), notes);
}

}  // namespace gateway
