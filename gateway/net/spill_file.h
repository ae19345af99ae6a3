// The bytes of one body in a file that has no name and cannot be read by anybody else: encrypted
// with AES-256-CTR under a key that exists in this object alone. What a crash, a copy of the disk
// or of the file system leaves is noise. The SHA-256 of what was written stays in memory, so that
// other bytes are never taken for it. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/cipher_key.h"
#include "gateway/base/digest_stream.h"
#include "gateway/base/open_file.h"

namespace gateway {

class SpillFile final {
public:
    // Takes the descriptor.
    explicit SpillFile(int descriptor);
    // At the end; all of it or, with errno set, nothing that counts: the same bytes may be written
    // again. The page cache takes it: no waiting for a disk that is not itself behind.
    bool append(std::string_view bytes);

    std::uint64_t size() const { return size_; }

    // All `size()` bytes; false, with errno set, where they cannot be read or are others. Nothing
    // is appended from then on.
    bool read_all(std::string& into);

private:
    bool write(std::string_view sealed) const;
    bool read(std::string& into) const;

    OpenFile file_;
    CipherKey key_;
    DigestStream digest_;
    std::optional<Sha256> whole_;  // once it is read
    std::uint64_t size_ = 0;
};

}  // namespace gateway
