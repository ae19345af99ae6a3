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
    if (capacity_ - end_ < size_min && begin_ > 0) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
    }
    if (capacity_ - end_ < size_min) {
        const std::size_t capacity = std::max(end_ + size_min, 2 * capacity_);
        auto* grown = static_cast<char*>(std::realloc(bytes_.get(), capacity));
        if (grown == nullptr) {
            throw std::bad_alloc();
        }
        static_cast<void>(bytes_.release());  // realloc has taken it
        bytes_.reset(grown);
        capacity_ = capacity;
    }
    return {bytes_.get() + end_, capacity_ - end_};
}

// NOLINTEND(cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)

void ByteBuffer::consume(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) {
        begin_ = end_ = 0;
    }
}

void ByteBuffer::release_if_empty() {
    if (!empty()) {
        return;
    }
    bytes_.reset();
    capacity_ = 0;
    begin_ = end_ = 0;
}

}  // namespace gateway
