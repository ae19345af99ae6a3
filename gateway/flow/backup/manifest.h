// What a backup says of itself, in a small file beside it: when it was made, which moment of the
// store it holds, and the digest of its bytes, sealed under the store's current master key, so that
// nobody without the keys can put another file in its place.
//
// One line a field, a name and a value, in this order; `seal` covers the lines before it:
//   painbridge-backup 1
//   made 2026-01-31T13:28:17.239Z
//   …
//   seal KEY-ID HMAC-SHA-256
// Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/digest.h"
#include "gateway/flow/store/inspection.h"
#include "gateway/flow/store/key_ring.h"

namespace gateway {

struct BackupManifest {
    std::string made;  // FHIR instant
    StoreMark mark;
    std::uint64_t bytes = 0;
    Sha256 digest{};  // of the backup's bytes

    bool operator==(const BackupManifest&) const = default;
};

// The file beside a backup.
std::string manifest_file(const std::string& backup);

std::string sealed_manifest(const BackupManifest& manifest, const KeyRing& keys);

// Throws `Failure`: `invalid` where it is no manifest or was changed, `unavailable` where the key
// that sealed it is not in the ring.
BackupManifest read_manifest(std::string_view text, const KeyRing& keys);

}  // namespace gateway
