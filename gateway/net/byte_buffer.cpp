#include "gateway/net/byte_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace gateway {

// realloc moves the pages of a large block instead of copying them; new[] cannot.
// NOLINTBEGIN(cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)
void ByteBuffer::Free::operator()(char* bytes) const {
    std::free(bytes);
}

std::span<char> ByteBuffer::space(std::size_t size_min) {
    if (capacity_ - end_ < size_min) {
        move_to_front();
    }
    if (capacity_ - end_ < size_min) {
        resize(std::max(end_ + size_min, 2 * capacity_));
    }
    return {bytes_.get() + end_, capacity_ - end_};
}

void ByteBuffer::move_to_front() {
    if (begin_ > 0) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
    }
}

void ByteBuffer::resize(std::size_t capacity) {
    auto* resized = static_cast<char*>(std::realloc(bytes_.get(), capacity));
    if (resized == nullptr) {
        throw std::bad_alloc();
    }
    static_cast<void>(bytes_.release());  // realloc has taken it
    bytes_.reset(resized);
    capacity_ = capacity;
}

// NOLINTEND(cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)

void ByteBuffer::consume(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) {
        begin_ = end_ = 0;
    }
}

void ByteBuffer::release_spare() {
    if (empty()) {
        bytes_.reset();
        capacity_ = begin_ = end_ = 0;
        return;
    }
    if (capacity_ > 2 * size()) {
        move_to_front();
        resize(size());
    }
}

}  // namespace gateway
