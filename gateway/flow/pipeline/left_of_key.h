// The messages of one order key that are left `received`, one after the other, in receive order,
// in the lane of that key. Whoever holds a lane is the only one that takes up its messages: nothing
// else keeps two from doing so. A few of them are in memory at a time, without their bytes.
//
// It keeps the lane until all are done, and then hands it on. On one thread at a time: it goes on
// with the next message when the one before has let go of the lane, on a worker.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/base/metrics.h"
#include "gateway/flow/message/message.h"
#include "gateway/flow/pipeline/passage.h"
#include "gateway/flow/pipeline/pipeline_parts.h"

namespace gateway {

// What all keys share. Gone: nothing is taken up any more.
struct LeftSource {
    // Of a message that is left, with what it calls when it is put off; null where it is in hand,
    // here or in another gateway.
    using MakePassage = std::function<std::shared_ptr<Passage>(Message, std::function<void()>)>;

    const PipelineParts& parts;
    MakePassage make;
    Counter taken_up;
};

class LeftOfKey final : public std::enable_shared_from_this<LeftOfKey> {
public:
    struct Turn {
        std::string key;
        Instant until{};  // those received until then
        LaneHold hold;
        // With the lane, when all are done; may be empty.
        Lanes::Task then = {};
        // One of them waits for another try: the end may be far.
        std::function<void()> on_put_off = {};
    };

    LeftOfKey(std::weak_ptr<LeftSource> source, Turn turn);

    // On a worker.
    void take_up();

private:
    std::shared_ptr<Passage> next(LeftSource& source);
    std::shared_ptr<Passage> passage_of(LeftSource& source, Message message);
    bool read_on(const LeftSource& source);
    LaneHold hold_before_next();
    void post();
    void try_later(const LeftSource& source, const Failure& failure);
    void end();

    std::weak_ptr<LeftSource> source_;
    Turn turn_;
    std::deque<Message> page_;
    std::uint64_t after_ = 0;
    bool is_read_ = false;  // to the end
};

}  // namespace gateway
