// A descriptor that is closed with its owner. What `open` returned, a failure too: the owner asks.
#pragma once

#include <unistd.h>

namespace gateway {

class OpenFile final {
public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}

    ~OpenFile() {
        if (is_open()) {
            ::close(descriptor_);
        }
    }

    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    OpenFile(OpenFile&&) = delete;
    OpenFile& operator=(OpenFile&&) = delete;

    bool is_open() const { return descriptor_ >= 0; }

    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace gateway
