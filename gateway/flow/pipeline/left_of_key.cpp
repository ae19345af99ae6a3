#include "gateway/flow/pipeline/left_of_key.h"

#include <utility>

namespace gateway {

namespace {

// In memory, of one key.
constexpr std::size_t page_size = 16;

// Before a store that could not be read is asked again.
constexpr std::chrono::seconds pause{1};

}  // namespace

LeftOfKey::LeftOfKey(std::weak_ptr<LeftSource> source, Turn turn)
    : source_(std::move(source)), turn_(std::move(turn)) {
}

void LeftOfKey::take_up() {
    const auto source = source_.lock();
    if (!source) {
        return;
    }
    std::shared_ptr<Passage> passage;
    try {
        passage = next(*source);
    } catch (const Failure& failure) {
        try_later(*source, failure);
        return;
    }
    if (!passage) {
        end();
        return;
    }
    source->taken_up.add();
    passage->run(hold_before_next());
}

std::shared_ptr<Passage> LeftOfKey::next(LeftSource& source) {
    while (!page_.empty() || read_on(source)) {
        Message message = std::move(page_.front());
        page_.pop_front();
        if (message.received > turn_.until) {
            continue;
        }
        if (auto passage = source.make(std::move(message), turn_.on_put_off)) {
            return passage;
        }
    }
    return nullptr;
}

bool LeftOfKey::read_on(const LeftSource& source) {
    if (is_read_) {
        return false;
    }
    auto page = source.parts.store.received_of(turn_.key, after_, page_size);
    is_read_ = page.size() < page_size;
    if (page.empty()) {
        return false;
    }
    after_ = page.back().sequence;
    page_.assign(std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
    return true;
}

// Lets the next one run when the one before has ended, whichever thread that is on.
LaneHold LeftOfKey::hold_before_next() {
    return {nullptr, [self = shared_from_this()](void*) { self->post(); }};
}

// A lane of its own, since its own is taken.
void LeftOfKey::post() {
    if (const auto source = source_.lock()) {
        source->parts.lanes.post(
            "left:" + turn_.key, [self = shared_from_this()](const LaneHold&) { self->take_up(); },
            Lanes::Room::always);
    }
}

void LeftOfKey::try_later(const LeftSource& source, const Failure& failure) {
    source.parts.log.write_failure("message.take_up", failure);
    if (source.parts.after) {
        source.parts.after(pause, [self = shared_from_this()] { self->post(); });
    }
}

void LeftOfKey::end() {
    if (turn_.then) {
        turn_.then(std::exchange(turn_.hold, nullptr));
    }
    turn_.hold = nullptr;
}

}  // namespace gateway
