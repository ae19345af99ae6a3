#include "gateway/flow/pipeline/left_messages.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "gateway/flow/pipeline/presence.h"

namespace gateway {

namespace {

// Of the walk, in memory at one time.
constexpr std::size_t page_size = 256;

// Keys in hand: enough for every worker and for commits that are shared, few enough that what comes
// in meanwhile waits behind some milliseconds of work.
constexpr std::size_t places = 32;

// Before a store that could not be read is asked again.
constexpr std::chrono::seconds pause{1};

constexpr std::chrono::seconds between_reports{10};

}  // namespace

LeftMessages::LeftMessages(const PipelineParts& parts, const UnderWay& under_way,
                           LeftSource::MakePassage make)
    : parts_(parts),
      under_way_(under_way),
      source_(std::make_shared<LeftSource>(parts, std::move(make))) {
}

void LeftMessages::take_up(Instant until) {
    {
        const std::lock_guard lock(mutex_);
        if (is_under_way_) {
            next_until_ = std::max(next_until_.value_or(until), until);
            return;
        }
        begin(until);
    }
    ask_for_a_look();
}

// Under the mutex.
void LeftMessages::begin(Instant until) {
    until_ = until;
    next_until_.reset();
    after_ = 0;
    is_read_ = false;
    taken_up_before_ = source_->taken_up.value();
    began_ = parts_.clock.steady();
    told_ = began_;
    is_under_way_ = true;
}

void LeftMessages::run_behind(const std::string& key, LaneHold hold, Lanes::Task then) const {
    if (!is_under_way_) {
        then(std::move(hold));
        return;
    }
    std::make_shared<LeftOfKey>(
        source_,
        LeftOfKey::Turn{
            .key = key, .until = until(), .hold = std::move(hold), .then = std::move(then)})
        ->take_up();
}

// One at a time.
void LeftMessages::ask_for_a_look() {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(is_asked_, true)) {
            return;
        }
    }
    parts_.lanes.post(
        "left", [self = shared_from_this()](const LaneHold&) { self->look(); },
        Lanes::Room::always);
}

void LeftMessages::look() {
    {
        const std::lock_guard lock(mutex_);
        is_asked_ = false;
    }
    try {
        read_on();
    } catch (const Failure& failure) {
        parts_.log.write_failure("message.take_up", failure);
        look_later();
    }
    start_keys();
    tell_progress();
    end_if_done();
}

void LeftMessages::look_later() {
    if (parts_.after) {
        parts_.after(pause, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->ask_for_a_look();
            }
        });
    }
}

// From where on to read; nothing while there are keys enough, and at the end.
std::optional<std::uint64_t> LeftMessages::wanted() const {
    const std::lock_guard lock(mutex_);
    return is_read_ || waiting_.size() >= places ? std::nullopt : std::optional(after_);
}

void LeftMessages::read_on() {
    while (const auto after = wanted()) {
        auto page = parts_.store.messages_in(MessageState::received, *after, page_size);
        const bool is_last = page.size() < page_size;
        const std::uint64_t end = page.empty() ? *after : page.back().sequence;
        std::map<std::string, bool, std::less<>> is_gone;  // holders
        std::erase_if(page, [&](const Message& message) {
            const auto [holder, is_new] = is_gone.try_emplace(message.holder);
            holder->second = is_new ? is_free(parts_, message) : holder->second;
            return !holder->second || under_way_.has(message.id);
        });
        const std::lock_guard lock(mutex_);
        is_read_ = is_last;
        after_ = end;
        for (const Message& message : page) {
            if (message.received <= until_ && keys_.insert(message.order_key).second) {
                waiting_.push_back(message.order_key);
            }
        }
    }
}

void LeftMessages::start_keys() {
    std::vector<std::string> now;
    {
        const std::lock_guard lock(mutex_);
        while (places_taken_ < places && !waiting_.empty()) {
            now.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
            ++places_taken_;
        }
    }
    for (const std::string& key : now) {
        start(key);
    }
}

// A key that waits for another try gives its place away, once.
void LeftMessages::start(const std::string& key) {
    const auto has_place = std::make_shared<std::atomic<bool>>(true);
    // Weak: what waits for another try may outlive the pipeline.
    const auto leave_place = [weak = weak_from_this(), has_place] {
        const auto self = weak.lock();
        if (self && has_place->exchange(false)) {
            self->free_place();
        }
    };
    const auto done = [weak = weak_from_this(), key, leave_place](const LaneHold&) {
        leave_place();
        if (const auto self = weak.lock()) {
            self->end(key);
        }
    };
    parts_.lanes.post(
        key,
        [turn = LeftOfKey::Turn{key, until(), nullptr, done, leave_place},
         source = std::weak_ptr(source_)](LaneHold hold) mutable {
            turn.hold = std::move(hold);
            std::make_shared<LeftOfKey>(source, std::move(turn))->take_up();
        },
        Lanes::Room::always);
}

void LeftMessages::free_place() {
    bool has_room = false;
    {
        const std::lock_guard lock(mutex_);
        --places_taken_;
        has_room = places_taken_ <= places / 2;
    }
    if (has_room) {
        ask_for_a_look();
    }
}

void LeftMessages::end(const std::string& key) {
    bool is_last = false;
    {
        const std::lock_guard lock(mutex_);
        keys_.erase(key);
        is_last = keys_.empty();
    }
    if (is_last) {
        ask_for_a_look();
    }
}

void LeftMessages::tell_progress() {
    const SteadyTime now = parts_.clock.steady();
    {
        const std::lock_guard lock(mutex_);
        if (now - told_ < between_reports) {
            return;
        }
        told_ = now;
    }
    tell("messages.resuming");
}

void LeftMessages::end_if_done() {
    {
        const std::lock_guard lock(mutex_);
        if (!is_under_way_ || !is_read_ || !keys_.empty()) {
            return;
        }
    }
    tell("messages.resumed");
    bool goes_on = false;
    {
        const std::lock_guard lock(mutex_);
        goes_on = next_until_.has_value();
        if (goes_on) {
            begin(*next_until_);
        } else {
            is_under_way_ = false;
        }
    }
    if (goes_on) {
        ask_for_a_look();
    }
}

// A walk that found nothing is not worth a line.
void LeftMessages::tell(std::string_view event) const {
    std::uint64_t count = 0;
    std::chrono::milliseconds took{};
    {
        const std::lock_guard lock(mutex_);
        count = source_->taken_up.value() - taken_up_before_;
        took =
            std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.steady() - began_);
    }
    if (count > 0) {
        parts_.log.write(LogLevel::info, event,
                         {LogField::count("messages", static_cast<std::int64_t>(count)),
                          LogField::count("duration_ms", took.count())});
    }
}

Instant LeftMessages::until() const {
    const std::lock_guard lock(mutex_);
    return until_;
}

LeftReading LeftMessages::reading() const {
    const std::lock_guard lock(mutex_);
    return {is_under_way_, source_->taken_up.value(), keys_.size()};
}

}  // namespace gateway
