// Which segments and groups a message has, in which order: the structures that this gateway knows,
// and how to find that of a message. Adding one is adding a row to message_structure.cpp.
// Immutable and shared; safe from any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace gateway {

class MessageStructure {
public:
    // One segment or group. Elements stand in order, a group before what it holds.
    struct Element {
        std::string_view name;
        std::size_t parent = 0;  // index of the group; the message itself is element 0
        std::size_t end = 0;     // one past the last element inside; a segment's own index + 1
        bool required = false;
        bool repeats = false;
        bool is_group = false;
    };

    // From the notation of the standard: `[ ]` optional, `{ }` repeating, `NAME( )` a group:
    // "MSH [{SFT}] RF1 {PROVIDER_CONTACT(PRD [{CTD}])}". Throws std::logic_error for anything else:
    // structures are part of the program. `text` must outlive the structure.
    MessageStructure(std::string_view name, std::string_view text);

    std::string_view name() const { return elements_[0].name; }

    const std::vector<Element>& elements() const { return elements_; }

private:
    std::vector<Element> elements_;
};

// The structure of a message: by MSH-9.3, else by MSH-9.1 and MSH-9.2 (`REF`, `I14` -> REF_I12).
// Nothing for messages that this gateway knows no groups for: they stay flat.
const MessageStructure* find_structure(std::string_view type, std::string_view event,
                                       std::string_view structure);

// All that are known.
std::span<const MessageStructure* const> message_structures();

}  // namespace gateway
