// Signs a checkpoint of the audit at each call and appends it to a file, which belongs on another
// machine (a mount, or fetched from there): what it protects against is someone who can write here.
// A checkpoint is signed only for what was walked and found sound, from the one before on, so that
// each call costs what was added since. Blocks (store and disk): for a worker. Thread-safe: one
// mutex, so that one call runs at a time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/signing_key.h"
#include "gateway/flow/audit/checkpoint.h"
#include "gateway/flow/audit/verify.h"
#include "gateway/flow/store/store.h"

namespace gateway {

enum class CheckpointResult {
    written,
    nothing_new,  // no record since the one before
    not_sound,    // the audit is not what was signed, or its chain is broken: logged, not signed
    failed,       // the store could not be read or the file not be written: logged
};

class CheckpointExport final {
public:
    struct Parts {
        const StoreReads& store;
        const Clock& clock;
        Log& log;
    };

    // `file` need not be there yet; its folder must.
    CheckpointExport(Parts parts, std::string file, SigningKey key);

    // Never throws.
    CheckpointResult run();

    // Of the last call; any thread, without waiting for one that runs.
    CheckpointResult latest_result() const { return result_; }

private:
    CheckpointResult sign_and_append();
    void take_up();

    Parts parts_;
    std::string file_;
    SigningKey key_;
    std::atomic<CheckpointResult> result_ = CheckpointResult::nothing_new;
    std::mutex mutex_;                  // guards the last one
    std::optional<Checkpoint> latest_;  // nothing: the file was not looked at yet
};

}  // namespace gateway
