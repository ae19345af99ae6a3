// What a store holds and whether all of it is whole, as `painbridge store verify` asks: the
// database itself, what its rows say of each other, and every payload opened with its key. The
// chain of the audit is not looked at here (flow/audit/verify.h). Values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/digest.h"

namespace gateway {

// One moment of a store: enough to tell it from any other of the same one.
struct StoreMark {
    std::int64_t schema = 0;
    std::uint64_t messages = 0;       // the last receive sequence
    std::uint64_t changes = 0;        // the last of the change sequence
    std::uint64_t audit_records = 0;  // the last sequence of the audit
    Sha256 audit_last{};              // and that record's hash

    bool operator==(const StoreMark&) const = default;
};

// How many data keys are wrapped under one master key.
struct MasterKeyUse {
    std::string id;
    std::uint64_t data_keys = 0;
};

struct StoreCounts {
    std::uint64_t messages = 0;
    std::uint64_t answers = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t unfinished = 0;  // of them, not delivered
    std::uint64_t resources = 0;   // versions
    std::uint64_t artefacts = 0;
    std::uint64_t payloads_opened = 0;
    std::uint64_t payloads_destroyed = 0;  // by retention: nobody can open them
};

struct StoreReport {
    StoreMark mark;
    StoreCounts counts;
    std::vector<MasterKeyUse> keys;
    std::optional<std::string> fault;  // the first, in one sentence; what follows was not looked at

    bool is_sound() const { return !fault; }
};

// Told now and then how many payloads have been opened.
using InspectionProgress = std::function<void(std::uint64_t payloads)>;

}  // namespace gateway
