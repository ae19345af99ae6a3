// SHA-256 of what comes in pieces, such as a file that must not be in memory. One thread.
#pragma once

#include <memory>
#include <string_view>

#include "gateway/base/digest.h"

namespace gateway {

class DigestStream final {
public:
    DigestStream();
    ~DigestStream();
    DigestStream(const DigestStream&) = delete;
    DigestStream& operator=(const DigestStream&) = delete;
    DigestStream(DigestStream&&) = delete;
    DigestStream& operator=(DigestStream&&) = delete;

    void add(std::string_view bytes);

    // Of all that was added. Once, as the last call.
    Sha256 finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace gateway
