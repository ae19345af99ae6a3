#include "gateway/base/ids.h"

#include <openssl/rand.h>

#include <array>

#include "gateway/base/digest.h"
#include "gateway/base/failure.h"

namespace gateway {

std::string RandomIds::uuid() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw Failure(Category::fault, "no randomness available");
    }
    return to_uuid(bytes);
}

}  // namespace gateway
