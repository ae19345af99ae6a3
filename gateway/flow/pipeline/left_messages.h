// What stands `received` on the disk and is in nobody's hand: a former process stopped between the
// receipt and the effects, another gateway on this store died, or a person set it free. It is taken
// up beside the traffic, and nobody waits for it: a walk over the store, page by page, finds the
// order keys that have such messages, and each key's are done in its lane (left_of_key.h). What
// comes in meanwhile runs behind those of its own key, wherever the walk is; all other keys' run at
// once.
//
// Thread-safe: one mutex guards the walk.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "gateway/flow/pipeline/left_of_key.h"
#include "gateway/flow/pipeline/under_way.h"

namespace gateway {

struct LeftReading {
    bool is_under_way = false;   // a walk
    std::uint64_t taken_up = 0;  // messages, since start
    std::size_t keys_in_hand = 0;
};

class LeftMessages final : public std::enable_shared_from_this<LeftMessages> {
public:
    LeftMessages(const PipelineParts& parts, const UnderWay& under_way,
                 LeftSource::MakePassage make);

    // Walks over all that was received until then. Returns at once; where a walk is under way
    // already, another follows it.
    void take_up(Instant until);

    // In the lane of that key, on a worker: `then`, once nothing that is left of this key is before
    // it.
    void run_behind(const std::string& key, LaneHold hold, Lanes::Task then) const;

    LeftReading reading() const;

private:
    void begin(Instant until);
    void ask_for_a_look();
    void look();
    void look_later();
    std::optional<std::uint64_t> wanted() const;
    void read_on();
    void start_keys();
    void start(const std::string& key);
    void free_place();
    void end(const std::string& key);
    void tell_progress();
    void end_if_done();
    void tell(std::string_view event) const;
    Instant until() const;

    const PipelineParts& parts_;
    const UnderWay& under_way_;
    std::shared_ptr<LeftSource> source_;
    std::atomic<bool> is_under_way_ = false;

    mutable std::mutex mutex_;
    bool is_asked_ = false;              // a look is posted
    std::optional<Instant> next_until_;  // another walk after this one
    Instant until_{};
    std::deque<std::string> waiting_;       // keys whose lane has not been asked for
    std::unordered_set<std::string> keys_;  // these, and those that are in hand
    std::size_t places_taken_ = 0;          // by those in hand
    std::uint64_t after_ = 0;               // the last sequence seen
    bool is_read_ = true;                   // to the end
    std::uint64_t taken_up_before_ = 0;     // this walk
    SteadyTime began_{};
    SteadyTime told_{};
};

}  // namespace gateway
