#include "gateway/format/hl7v2/names.h"

#include <string>
#include <string_view>

#include "gateway/format/hl7v2/message_structure.h"

namespace gateway {

namespace {

constexpr int fields_max = 99;
constexpr int parts_max = 40;

void add_numbered(NameTable& names, char letter, int count) {
    for (int number = 1; number <= count; ++number) {
        names.add(letter + std::to_string(number));
    }
}

}  // namespace

void add_hl7v2_names(NameTable& names) {
    add_numbered(names, 'f', fields_max);
    add_numbered(names, 'c', parts_max);
    add_numbered(names, 's', parts_max);
    for (const std::string_view segment : {"EVN", "ORC", "TXA", "TQ1", "SCH", "RGS", "AIS", "PD1",
                                           "GOL", "PRB", "PTH", "ROL", "CON", "ARV"}) {
        names.add(segment);
    }
    for (const MessageStructure* structure : message_structures()) {
        for (const MessageStructure::Element& element : structure->elements()) {
            names.add(element.name);
        }
    }
}

}  // namespace gateway
