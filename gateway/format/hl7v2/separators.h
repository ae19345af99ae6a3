// The encoding characters of one message, from MSH-1 and MSH-2 (HL7 v2.8.2 chapter 2.5.4).
#pragma once

#include <string>
#include <string_view>

namespace gateway {

struct Separators {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';       // 0: the message uses none
    char subcomponent = '&';  // 0: the message uses none
    char truncation = 0;      // v2.7 and later, often '#'

    bool operator==(const Separators&) const = default;

    // MSH-2 as sent: `^~\&`.
    std::string encoding_characters() const;
};

// What is wrong with the start of a message, in words that name the field and the fix.
struct SeparatorFault {
    std::string text;
    std::string_view field;  // "MSH-1" or "MSH-2"
    std::size_t offset = 0;  // in the bytes
};

// `message` starts with "MSH". Returns true and fills `separators`, or false and fills `fault`.
bool read_separators(std::string_view message, Separators& separators, SeparatorFault& fault);

}  // namespace gateway
