// A growing text that is written through a raw pointer: the writer reserves room once for a whole
// value instead of checking each byte. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace gateway {

class TextSink {
public:
    explicit TextSink(std::size_t expected) { text_.resize(expected); }

    // At least `size` writable bytes at the end; `commit` says how many were used.
    char* room(std::size_t size) {
        if (text_.size() - used_ < size) {
            text_.resize(text_.size() * 2 + size);
        }
        return text_.data() + used_;
    }

    void commit(std::size_t size) { used_ += size; }

    void put(char c) {
        *room(1) = c;
        ++used_;
    }

    void put(std::string_view text) {
        std::memcpy(room(text.size()), text.data(), text.size());
        used_ += text.size();
    }

    std::string take() {
        text_.resize(used_);
        return std::move(text_);
    }

private:
    std::string text_;
    std::size_t used_ = 0;
};

// A JSON string with its quotes; UTF-8 passes as it is (RFC 8259 §7).
void put_json_string(TextSink& sink, std::string_view text);

}  // namespace gateway
