// A checkpoint says, signed, how long the audit was at a moment and what its last record was. Kept
// where the gateway's operator cannot change it, it shows what a hash chain alone cannot: that the
// end was cut off, or that all of it was written anew.
//
// As text one line, fields separated by one blank each; what is signed is the line up to its last
// blank (Ed25519, RFC 8032; the signature in base64):
//   painbridge-audit-checkpoint-1 RECORDS SHA256 TIME KEY SIGNATURE
// Pure; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.h"
#include "gateway/base/signing_key.h"

namespace gateway {

struct Checkpoint {
    std::uint64_t records = 0;  // the sequence of the last record, since there is no gap
    Sha256 last{};              // its hash
    std::string at;             // FHIR instant

    bool operator==(const Checkpoint&) const = default;
};

// Without a line end.
std::string signed_line(const Checkpoint& checkpoint, const SigningKey& key);

// A line that is no checkpoint of this key, and why.
struct CheckpointFault {
    std::size_t line = 0;  // from 1
    std::string text;      // one sentence for a person
};

struct CheckpointList {
    std::vector<Checkpoint> checkpoints;  // those whose signature is good, in their order
    std::vector<CheckpointFault> faults;
};

// Of a whole file. What follows the last line end is a fault as well: it was never complete.
CheckpointList read_checkpoints(std::string_view text, const VerifyingKey& key);

}  // namespace gateway
