// Finds its way through JSON text without building anything: for the few facts that are needed of a
// message before it is parsed. It goes by brackets, strings and colons alone; whatever else is
// wrong with the text, the reader (reader.h) says. Never throws; after a fault it finds no more.
// Costs a walk over what is skipped, no recursion. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

class JsonSkim final {
public:
    explicit JsonSkim(std::string_view text) : text_(text) {}

    // Before a value of that kind: goes in. False, and nothing is passed, before any other value.
    bool enter_object() { return enter('{'); }

    bool enter_array() { return enter('['); }

    // In an object: the name of the next member; its value must be passed before the next call.
    // Nothing at the object's end, which is passed.
    std::optional<std::string> next_member();

    // The same in an array.
    bool next_element();

    // Passes a value; its text where it is a string.
    std::optional<std::string> string();

    void skip();

    // A place to come back to.
    std::size_t at() const { return at_; }

    void go_back(std::size_t at) { at_ = at; }

    bool failed() const { return failed_; }

private:
    bool enter(char bracket);
    void skip_space();
    void fail();
    bool next_before(char end);
    void skip_string();
    void skip_nested();
    std::string unescaped(std::string_view raw) const;

    std::string_view text_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

}  // namespace gateway
