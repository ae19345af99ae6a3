// Bytes that were received and not yet understood: grows without filling with zeros, and gives its
// memory back when empty. Move-only; one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace gateway {

class ByteBuffer final {
public:
    // At least `size_min` writable bytes after what is held.
    std::span<char> space(std::size_t size_min);

    void filled(std::size_t size) { end_ += size; }

    std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }

    std::size_t size() const { return end_ - begin_; }

    bool empty() const { return begin_ == end_; }

    void consume(std::size_t size);

    void clear() { consume(size()); }

    // Frees what is not needed for the bytes that are held: a connection that waits holds no more
    // than its peer has sent.
    void release_spare();

private:
    void move_to_front();
    void resize(std::size_t capacity);

    struct Free {
        void operator()(char* bytes) const;
    };

    std::unique_ptr<char, Free> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gateway
