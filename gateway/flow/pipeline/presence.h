// Tells the gateways on a shared store that this one is there: as long as it does, the messages
// that it has in hand are its own. One that dies says nothing any more, and another takes them
// over.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "gateway/base/clock.h"
#include "gateway/flow/pipeline/pipeline_parts.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// Whether a received message may be taken up here: it is in nobody's hands, or in those of one that
// is gone, or in ours. Always where the store is not shared. Its commit finds out once more.
bool is_free(const PipelineParts& parts, const Message& message);

class Presence final {
public:
    // Longer than a database may be away without anybody noticing.
    static constexpr std::chrono::seconds lasts{10};
    static constexpr std::chrono::seconds between_beats{2};

    // `holder`: an id of this process alone.
    Presence(Store& store, const Clock& clock, std::string holder)
        : store_(store), clock_(clock), holder_(std::move(holder)) {}

    const std::string& holder() const { return holder_; }

    // Once every `between_beats`, and before the first message.
    void beat() const { hold_until(clock_.now() + lasts); }

    // What is in hand may be taken over at once.
    void leave() const { hold_until(Instant{}); }

private:
    void hold_until(Instant until) const;

    Store& store_;
    const Clock& clock_;
    std::string holder_;
};

}  // namespace gateway
