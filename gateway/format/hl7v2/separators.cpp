#include "gateway/format/hl7v2/separators.h"

#include <algorithm>
#include <array>

namespace gateway {

namespace {

constexpr std::size_t msh_1_offset = 3;
constexpr std::size_t msh_2_offset = 4;
constexpr std::size_t msh_2_size_min = 2;  // component and repetition
constexpr std::size_t msh_2_size_max = 5;  // with v2.7's truncation character

// ASCII punctuation; the quotation mark is the explicit null's.
bool can_separate(char c) {
    const bool printable = c > ' ' && c <= '~';
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return printable && !alphanumeric && c != '"';
}

bool all_different(std::string_view characters) {
    for (std::size_t i = 0; i < characters.size(); ++i) {
        if (characters.find(characters[i], i + 1) != std::string_view::npos) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string Separators::encoding_characters() const {
    std::string characters{component, repetition};
    for (const char more : {escape, subcomponent, truncation}) {
        if (more == 0) {
            break;
        }
        characters += more;
    }
    return characters;
}

bool read_separators(std::string_view message, Separators& separators, SeparatorFault& fault) {
    if (message.size() <= msh_1_offset || !can_separate(message[msh_1_offset])) {
        fault = {
            "MSH-1, the character after MSH, must be a punctuation character that separates "
            "the fields; send `|`",
            "MSH-1", msh_1_offset};
        return false;
    }
    const char field = message[msh_1_offset];
    const std::array<char, 3> ends{field, '\r', '\n'};
    const std::size_t end =
        std::min(message.find_first_of({ends.data(), ends.size()}, msh_2_offset), message.size());
    const std::string_view characters = message.substr(msh_2_offset, end - msh_2_offset);
    const bool sized = characters.size() >= msh_2_size_min && characters.size() <= msh_2_size_max;
    if (!sized || !std::ranges::all_of(characters, can_separate) || !all_different(characters)) {
        fault = {
            "MSH-2 must hold two to five different punctuation characters: component, "
            "repetition, escape, subcomponent and truncation separator; send `^~\\&`",
            "MSH-2", msh_2_offset};
        return false;
    }
    const auto at = [characters](std::size_t i) {
        return i < characters.size() ? characters[i] : '\0';
    };
    separators = {field, at(0), at(1), at(2), at(3), at(4)};
    return true;
}

}  // namespace gateway
