#include "gateway/net/openssl_memory.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "gateway/net/page_blocks.h"

namespace gateway {

namespace {

// More than there are connections, and some: 1 GiB of addresses.
constexpr std::size_t blocks_max = 32'768;

// Never destroyed: OpenSSL still frees after main() has ended.
PageBlocks& blocks() {
    static PageBlocks& all = *std::make_unique<PageBlocks>(blocks_max).release();
    return all;
}

// What C's allocation functions do, for OpenSSL.
// NOLINTBEGIN(cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)
void* take_bytes(std::size_t size, const char*, int) {
    void* block = blocks().take(size);
    return block != nullptr ? block : std::malloc(size);
}

void free_bytes(void* block, const char*, int) {
    if (blocks().owns(block)) {
        blocks().give_back(block);
    } else {
        std::free(block);
    }
}

void* resize_bytes(void* block, std::size_t size, const char* file, int line) {
    if (block == nullptr) {
        return take_bytes(size, file, line);
    }
    if (size == 0) {
        free_bytes(block, file, line);
        return nullptr;
    }
    if (!blocks().owns(block)) {
        return std::realloc(block, size);
    }
    void* resized = take_bytes(size, file, line);
    if (resized != nullptr) {
        std::memcpy(resized, block, std::min(size, blocks().size_of(block)));
        free_bytes(block, file, line);
    }
    return resized;
}

// NOLINTEND(cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)

}  // namespace

void give_openssl_page_blocks() {
    CRYPTO_set_mem_functions(&take_bytes, &resize_bytes, &free_bytes);
}

}  // namespace gateway
