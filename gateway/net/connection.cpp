#include "gateway/net/connection.h"

#include <array>
#include <utility>

namespace gateway {

namespace {

// One connection may read this much before the others of its reactor have their turn.
constexpr std::size_t read_per_turn_max = 1024UL * 1024;

// A body up to this size is copied behind its head: one record and one system call for both.
constexpr std::size_t joined_bytes_max = 16UL * 1024;

// How long, and how much, we read into the void after our last words.
constexpr std::chrono::seconds linger_time{2};

}  // namespace

Connection::Connection(Reactor& reactor, std::unique_ptr<Stream> stream)
    : reactor_(reactor), stream_(std::move(stream)) {
}

Connection::~Connection() = default;

void Connection::start(std::chrono::milliseconds opening) {
    watch_ = reactor_.watch(stream_->descriptor(), shared_from_this());
    deadline_in(opening);
    on_event();
}

void Connection::on_event() {
    const auto self = shared_from_this();  // a hook may close us
    read_this_turn_ = 0;
    if (phase_ == Phase::opening) {
        open();
    }
    if (phase_ == Phase::open && sending()) {
        flush();
    }
    if (phase_ == Phase::open) {
        on_readable();
    }
    if (phase_ == Phase::lingering) {
        discard_input();
    }
}

void Connection::open() {
    switch (stream_->handshake()) {
        case StreamStatus::ready:
            phase_ = Phase::open;
            on_open();
            break;
        case StreamStatus::again:
            break;
        case StreamStatus::closed:
            fail("closed by the peer during the handshake");
            break;
        case StreamStatus::failed:
            fail(stream_->error());
            break;
    }
}

StreamResult Connection::read(std::span<char> space) {
    if (phase_ != Phase::open) {
        return {StreamStatus::again};
    }
    if (read_this_turn_ >= read_per_turn_max) {
        read_later();
        return {StreamStatus::again};
    }
    const StreamResult result = stream_->read(space);
    read_this_turn_ += result.bytes;
    return result;
}

void Connection::read_later() {
    if (reading_later_) {
        return;
    }
    reading_later_ = true;
    reactor_.post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->reading_later_ = false;
            self->on_event();
        }
    });
}

void Connection::send(std::string head, std::shared_ptr<const std::string> body,
                      std::string_view static_tail) {
    if (phase_ != Phase::open) {
        return;
    }
    const bool idle = !sending();
    if (body && body->size() <= joined_bytes_max) {
        head.reserve(head.size() + body->size() + static_tail.size());
        head += *body;
        body = nullptr;
        head += static_tail;
        static_tail = {};
    }
    pieces_.push_back({std::move(head), nullptr});
    if (body) {
        pieces_.push_back({{}, std::move(body)});
    }
    if (!static_tail.empty()) {
        pieces_.push_back({std::string(static_tail), nullptr});
    }
    if (idle) {
        flush();
    }
}

void Connection::flush() {
    while (sending()) {
        const std::string_view left = pieces_[next_piece_].view().substr(piece_offset_);
        if (left.empty()) {
            ++next_piece_;
            piece_offset_ = 0;
            continue;
        }
        const StreamResult result = stream_->write(left);
        if (result.status == StreamStatus::again) {
            return on_sending();
        }
        if (result.status != StreamStatus::ready) {
            return fail(stream_->error());
        }
        piece_offset_ += result.bytes;
        bytes_sent_ += result.bytes;
    }
    pieces_.clear();
    next_piece_ = 0;
    on_sent();
}

void Connection::linger() {
    if (phase_ != Phase::open) {
        return;
    }
    phase_ = Phase::lingering;
    stream_->finish_sending();
    deadline_in(linger_time);
    // In a later turn: whoever called is still working on this connection.
    read_later();
}

void Connection::discard_input() {
    std::array<char, 16UL * 1024> scratch = {};
    for (std::size_t total = 0; total < read_per_turn_max;) {
        const StreamResult result = stream_->read(scratch);
        if (result.status == StreamStatus::again) {
            return;
        }
        if (result.status != StreamStatus::ready) {
            return close();
        }
        total += result.bytes;
    }
    read_later();
}

void Connection::fail(const std::string& reason) {
    const auto self = shared_from_this();
    on_failed(reason);
    close();
}

void Connection::close() {
    if (phase_ == Phase::closed) {
        return;
    }
    const auto self = shared_from_this();
    // A cut transfer must not look like a finished one.
    if (phase_ == Phase::open && !sending()) {
        stream_->finish_sending();
    }
    phase_ = Phase::closed;
    pieces_.clear();
    next_piece_ = 0;
    if (timer_ != 0) {
        reactor_.cancel(timer_);
    }
    reactor_.unwatch(watch_, stream_->descriptor());
    on_closed();
}

void Connection::deadline_in(std::chrono::nanoseconds from_now) {
    deadline_at(std::chrono::steady_clock::now() + from_now);
}

void Connection::deadline_at(SteadyTime due) {
    if (phase_ == Phase::closed) {
        return;
    }
    deadline_ = due;
    arm();
}

// States change far more often than deadlines pass: a timer that is due earlier is left alone and
// looks again when it fires.
void Connection::arm() {
    if (timer_ != 0 && timer_due_ <= deadline_) {
        return;
    }
    if (timer_ != 0) {
        reactor_.cancel(timer_);
    }
    if (deadline_ == SteadyTime::max()) {
        timer_ = 0;  // a state without one: the next that has one arms again
        return;
    }
    timer_due_ = deadline_;
    timer_ =
        reactor_.after(deadline_ - std::chrono::steady_clock::now(), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->timer_fired();
            }
        });
}

void Connection::timer_fired() {
    timer_ = 0;
    if (phase_ == Phase::closed) {
        return;
    }
    if (std::chrono::steady_clock::now() < deadline_) {
        return arm();
    }
    deadline_ = SteadyTime::max();
    if (phase_ == Phase::lingering) {
        return close();
    }
    if (phase_ == Phase::opening) {
        return fail(stream_->connected()
                        ? "the handshake took too long; see whether the peer speaks TLS on this "
                          "port and is not overloaded"
                        : "the connection took too long; see whether the peer listens on this "
                          "address and no firewall drops it");
    }
    on_deadline();
}

const char* ServerConnection::failed_stage() const {
    if (phase() != Phase::opening) {
        return "transfer";
    }
    return stream().left_unheard() ? ConnectionFault::probe : "handshake";
}

std::string ServerConnection::why_ended(StreamStatus status) const {
    return status == StreamStatus::closed ? "the peer closed the connection" : stream().error();
}

}  // namespace gateway
