// Files that must be there whole or not at all: private, synced, given their name last. Throw
// `Failure` `unavailable`, naming the file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gateway/base/digest.h"

namespace gateway {

void remove_if_there(const std::string& file);

// A name for what is not whole yet: with all that SQLite puts beside it (NAME-wal, NAME.lock …)
// it goes with this object, and what an earlier run left goes when it is made.
class Unfinished final {
public:
    explicit Unfinished(std::string name);
    ~Unfinished();
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    Unfinished(Unfinished&&) = delete;
    Unfinished& operator=(Unfinished&&) = delete;

    const std::string& name() const { return name_; }

private:
    void clear() const;

    std::string name_;
};

struct CopiedFile {
    std::uint64_t bytes = 0;
    Sha256 digest{};
};

using OnBytes = std::function<void(std::uint64_t done)>;

CopiedFile digest_of_file(const std::string& file, const OnBytes& on_bytes = {});

// `to` is made anew, for its owner only, and synced.
CopiedFile copy_private(const std::string& from, const std::string& to,
                        const OnBytes& on_bytes = {});

// Under another name first, then under its own.
void write_private(const std::string& file, std::string_view text);

// The new name is on the disk when it returns; a file of that name is replaced.
void rename_durably(const std::string& from, const std::string& to);

}  // namespace gateway
