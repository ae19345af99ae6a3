#include "gateway/net/mllp_server_connection.h"

#include <utility>

#include "gateway/base/act.h"
#include "gateway/net/transfer_rate.h"

namespace gateway {

namespace {

constexpr std::size_t read_size = 16UL * 1024;

constexpr std::chrono::milliseconds room_pause{50};

}  // namespace

void MllpService::report(const std::string& peer_ip, const char* stage, std::string reason) const {
    if (on_fault) {
        on_fault({peer_ip, stage, std::move(reason)});
    }
}

MllpServerConnection::MllpServerConnection(Arrival arrival, std::shared_ptr<MllpService> service)
    : ServerConnection(arrival.reactor, std::move(arrival.stream), std::move(arrival.peer_ip),
                       std::move(arrival.place)),
      service_(std::move(service)),
      frames_(service_->limits.message_bytes_max, service_->limits.junk_bytes_max, service_->room) {
}

std::shared_ptr<MllpServerConnection> MllpServerConnection::self() {
    return std::static_pointer_cast<MllpServerConnection>(shared_from_this());
}

MllpMessage MllpServerConnection::peer() const {
    return {nullptr, peer_ip(), peer_certificate()};
}

void MllpServerConnection::on_open() {
    deadline_in(service_->limits.idle);
    if (!service_->on_open) {
        return;
    }
    Admission admission = Admission::refused;
    try {
        admission = service_->on_open(peer());
    } catch (const std::exception& fault) {
        service_->report(peer_ip(), "admission", fault.what());
    }
    if (admission == Admission::refused) {
        close();
    }
}

void MllpServerConnection::on_readable() {
    while (phase() == Phase::open && (state_ == State::idle || state_ == State::frame)) {
        const FrameStep step = frames_.next(in_);
        count_skipped();
        without_room_ = without_room_ && step == FrameStep::no_room;
        switch (step) {
            case FrameStep::message:
                message_complete();
                break;
            case FrameStep::message_too_long:
                ++service_->refused_frames;
                return refuse("a message beyond the size limit");
            case FrameStep::too_much_junk:
                return refuse("too many bytes outside MLLP frames");
            case FrameStep::no_room:
                return wait_for_room();
            case FrameStep::more:
                note_progress();
                if (!receive()) {
                    return;
                }
                break;
        }
    }
}

bool MllpServerConnection::receive() {
    const StreamResult result = read(in_.space(read_size));
    if (result.status == StreamStatus::ready) {
        in_.filled(result.bytes);
        return true;
    }
    if (result.status == StreamStatus::again) {
        in_.release_spare();
    } else {
        if (state_ == State::frame || stream().cut_inside_record()) {
            service_->report(peer_ip(), "transfer",
                             "a message was cut: " + why_ended(result.status));
        }
        close();
    }
    return false;
}

// A frame that has begun must go on at the slowest rate we bear.
void MllpServerConnection::note_progress() {
    if (!frames_.inside_frame()) {
        return;
    }
    if (state_ == State::idle) {
        state_ = State::frame;
        transfer_since_ = std::chrono::steady_clock::now();
    }
    deadline_at(slowest_end(transfer_since_, frames_.bytes_taken() + in_.size(),
                            service_->limits.connection));
}

// Nothing more is read, so that the sender waits too; but not for longer than the grace time.
void MllpServerConnection::wait_for_room() {
    if (!std::exchange(without_room_, true)) {
        state_ = State::frame;
        transfer_since_ = std::chrono::steady_clock::now();
        deadline_in(service_->limits.connection.transfer_grace);
    }
    if (std::exchange(asks_for_room_, true)) {
        return;
    }
    reactor().after(room_pause, [weak = weak_from_this()] {
        if (const auto connection = std::static_pointer_cast<MllpServerConnection>(weak.lock())) {
            connection->asks_for_room_ = false;
            connection->on_event();
        }
    });
}

void MllpServerConnection::message_complete() {
    state_ = State::waiting;
    deadline_in(service_->limits.reply);
    ++service_->messages;
    MllpMessage message = peer();
    message.bytes = frames_.message();
    const MllpReply reply(reactor().mailbox(), self(), ++message_);
    try {
        service_->on_message(std::move(message), reply);
    } catch (const std::exception& fault) {
        service_->report(peer_ip(), "message", fault.what());
    }
}

void MllpServerConnection::refuse(std::string reason) {
    service_->report(peer_ip(), "framing", std::move(reason));
    close();
}

void MllpServerConnection::count_skipped() {
    service_->junk_bytes +=
        frames_.junk_bytes() - std::exchange(junk_counted_, frames_.junk_bytes());
    service_->broken_frames +=
        frames_.broken_frames() - std::exchange(broken_counted_, frames_.broken_frames());
}

void MllpServerConnection::answer(std::uint64_t message, std::string bytes) {
    if (state_ != State::waiting || message != message_ || phase() != Phase::open) {
        return;
    }
    const Act act(ActSite::mllp_answer);
    state_ = State::writing;
    transfer_since_ = std::chrono::steady_clock::now();
    sent_before_ = bytes_sent();
    on_sending();
    std::string head(1, mllp_start);
    send(std::move(head), std::make_shared<const std::string>(std::move(bytes)), mllp_end);
}

void MllpServerConnection::go_on(std::uint64_t message) {
    if (state_ == State::waiting && message == message_ && phase() == Phase::open) {
        on_sent();
    }
}

void MllpServerConnection::end_without_answer(std::uint64_t message) {
    if (state_ != State::waiting || message != message_ || phase() != Phase::open) {
        return;
    }
    close();
}

void MllpServerConnection::on_sending() {
    deadline_at(
        slowest_end(transfer_since_, bytes_sent() - sent_before_, service_->limits.connection));
}

void MllpServerConnection::on_sent() {
    if (draining_) {
        return linger();
    }
    state_ = State::idle;
    deadline_in(service_->limits.idle);
    on_readable();  // the next message may be in the buffer, or in the TLS layer
}

void MllpServerConnection::on_deadline() {
    if (state_ == State::frame) {
        service_->report(
            peer_ip(), "transfer",
            without_room_ ? "there was no room for a message" : "a message took too long");
    }
    if (state_ == State::waiting) {
        service_->report(peer_ip(), "reply", "the answer took too long");
    }
    close();
}

void MllpServerConnection::on_failed(const std::string& reason) {
    service_->report(peer_ip(), failed_stage(), reason);
}

void MllpServerConnection::on_closed() {
    in_.clear();
}

void MllpServerConnection::drain() {
    draining_ = true;
    if (phase() == Phase::opening) {
        return close();
    }
    if (phase() == Phase::open && state_ == State::idle) {
        linger();
    }
}

}  // namespace gateway
