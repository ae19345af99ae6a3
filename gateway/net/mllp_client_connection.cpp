#include "gateway/net/mllp_client_connection.h"

#include <utility>

#include "gateway/base/act.h"

namespace gateway {

namespace {

constexpr std::size_t read_size = 16UL * 1024;
constexpr std::size_t junk_bytes_max = 1024;

}  // namespace

MllpClientConnection::MllpClientConnection(Reactor& reactor, std::unique_ptr<Stream> stream,
                                           std::weak_ptr<Owner> owner,
                                           const MllpClientLimits& limits)
    : ClientConnection(reactor, std::move(stream)),
      owner_(std::move(owner)),
      limits_(limits),
      frames_(limits.message_bytes_max, junk_bytes_max) {
}

std::shared_ptr<MllpClientConnection> MllpClientConnection::self() {
    return std::static_pointer_cast<MllpClientConnection>(shared_from_this());
}

void MllpClientConnection::on_open() {
    deadline_in(limits_.idle);
    if (const auto owner = owner_.lock()) {
        return owner->opened(*this);
    }
    close();
}

void MllpClientConnection::begin(std::shared_ptr<const std::string> message) {
    const Act act(ActSite::mllp_call);
    in_flight_ = true;
    received_ = false;
    sent_before_ = bytes_sent();
    deadline_at(SteadyTime::max());  // the message has its own
    send(std::string(1, mllp_start), std::move(message), mllp_end);
}

void MllpClientConnection::on_readable() {
    while (phase() == Phase::open) {
        switch (frames_.next(in_)) {
            case FrameStep::message:
                answered();
                break;
            case FrameStep::message_too_long:
                return give_up(TransportError::protocol, "an answer beyond the size limit");
            case FrameStep::too_much_junk:
                return give_up(TransportError::protocol, "too many bytes outside MLLP frames");
            case FrameStep::no_room:  // only where a server shares its room
                return give_up(TransportError::overloaded, "no room for the answer");
            case FrameStep::more:
                if (!receive()) {
                    return;
                }
                break;
        }
    }
}

bool MllpClientConnection::receive() {
    const StreamResult result = read(in_.space(read_size));
    if (result.status == StreamStatus::again) {
        in_.release_spare();
        return false;
    }
    if (result.status != StreamStatus::ready) {
        const bool clean = result.status == StreamStatus::closed;
        give_up(cut_error(), clean ? "closed by the peer" : stream().error());
        return false;
    }
    in_.filled(result.bytes);
    received_ = true;
    if (in_flight_) {
        return true;
    }
    close();  // an answer to nothing, or a late one: it must not meet the next message
    return false;
}

void MllpClientConnection::answered() {
    MllpResult result;
    result.reply = frames_.message();
    result.message_bytes_sent = true;
    const bool was_expected = std::exchange(in_flight_, false);
    // A second answer behind the first, or one before all was sent: we are out of step.
    if (!in_.empty() || sending() || !was_expected) {
        close();
    }
    deadline_in(limits_.idle);
    if (const auto owner = owner_.lock(); owner && was_expected) {
        owner->finished(std::move(result));
    }
}

TransportError MllpClientConnection::cut_error() const {
    if (stream().refused_by_peer()) {
        return TransportError::tls;
    }
    return received_ || stream().cut_inside_record() ? TransportError::incomplete_response
                                                     : TransportError::closed_before_response;
}

void MllpClientConnection::give_up(TransportError error, std::string detail) {
    const auto alive = self();
    MllpResult result;
    result.error = error;
    result.detail = std::move(detail);
    result.message_bytes_sent = bytes_sent() > sent_before_;
    const bool was_in_flight = std::exchange(in_flight_, false);
    close();
    if (const auto owner = owner_.lock(); owner && was_in_flight) {
        owner->finished(std::move(result));
    }
}

void MllpClientConnection::on_broken(const std::string& reason) {
    give_up(cut_error(), reason);
}

void MllpClientConnection::on_closed() {
    if (const auto owner = owner_.lock()) {
        owner->gone(*this);
    }
}

}  // namespace gateway
