#include "gateway/net/mllp_client.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "gateway/net/dialler.h"
#include "gateway/net/mllp_client_connection.h"

namespace gateway {

namespace {

struct Letter {
    std::shared_ptr<const std::string> bytes;
    MllpClient::OnResult on_result;
    TimerId timer = 0;
};

MllpResult failed(TransportError error, std::string detail) {
    return {nullptr, error, std::move(detail), false};
}

}  // namespace

// The one connection of an endpoint, the message in flight on it, and those that wait. On the
// reactor's thread.
class MllpClient::Line final : public MllpClientConnection::Owner,
                               public std::enable_shared_from_this<Line> {
public:
    Line(Reactor& reactor, ClientEndpoint endpoint, const MllpClientLimits& limits)
        : reactor_(reactor),
          limits_(limits),
          dialler_(std::make_shared<Dialler>(
              reactor, std::move(endpoint), Dialler::Timing{limits.connect, limits.address_age})) {}

    void send(std::shared_ptr<const std::string> bytes, OnResult on_result,
              std::chrono::milliseconds time) {
        if (stopped_) {
            return on_result(failed(TransportError::stopped, "the client was closed"));
        }
        if (waiting_.size() >= limits_.waiting_max) {
            return on_result(failed(TransportError::overloaded, "too many messages wait"));
        }
        auto letter = std::make_shared<Letter>();
        letter->bytes = std::move(bytes);
        letter->on_result = std::move(on_result);
        letter->timer = reactor_.after(time, [weak = weak_from_this(), letter] {
            if (const auto self = weak.lock()) {
                self->timed_out(letter);
            }
        });
        waiting_.push_back(std::move(letter));
        pump();
    }

    void close() {
        if (connection_) {
            connection_->give_up(TransportError::stopped, "the connection was closed");
        }
    }

    void stop() {
        stopped_ = true;
        close();
        while (!waiting_.empty()) {
            const auto letter = take_waiting();
            finish(letter, failed(TransportError::stopped, "the client was closed"));
        }
    }

    void opened(MllpClientConnection& connection) override {
        opening_ = false;
        if (stopped_) {
            return connection.close();
        }
        connection_ = connection.self();
        pump();
    }

    void finished(MllpResult result) override {
        const auto letter = std::exchange(in_flight_, nullptr);
        if (letter) {
            finish(letter, std::move(result));
        }
        pump();
    }

    void gone(MllpClientConnection& connection) override {
        if (connection_.get() == &connection) {
            connection_.reset();
        }
    }

private:
    void pump() {
        if (in_flight_ || opening_ || stopped_ || waiting_.empty()) {
            return;
        }
        if (!connection_) {
            return dial();
        }
        in_flight_ = take_waiting();
        const auto connection = connection_;
        connection->begin(in_flight_->bytes);
    }

    void dial() {
        opening_ = true;
        dialler_->dial(
            [weak = weak_from_this(), &reactor = reactor_,
             limits = limits_](std::unique_ptr<Stream> stream) {
                return std::make_shared<MllpClientConnection>(reactor, std::move(stream), weak,
                                                              limits);
            },
            [weak = weak_from_this()](TransportError error, std::string reason) {
                if (const auto self = weak.lock()) {
                    self->open_failed(error, std::move(reason));
                }
            });
    }

    void open_failed(TransportError error, std::string reason) {
        opening_ = false;
        if (!waiting_.empty()) {
            const auto letter = take_waiting();
            finish(letter, failed(error, std::move(reason)));
        }
        pump();
    }

    void timed_out(const std::shared_ptr<Letter>& letter) {
        letter->timer = 0;
        if (letter == in_flight_) {
            const auto connection = connection_;
            return connection->give_up(TransportError::timeout, "no answer in time");
        }
        const auto place = std::find(waiting_.begin(), waiting_.end(), letter);
        if (place == waiting_.end()) {
            return;
        }
        waiting_.erase(place);
        finish(letter, failed(TransportError::timeout, "not sent in time"));
    }

    std::shared_ptr<Letter> take_waiting() {
        auto first = std::move(waiting_.front());
        waiting_.pop_front();
        return first;
    }

    void finish(const std::shared_ptr<Letter>& letter, MllpResult result) {
        if (letter->timer != 0) {
            reactor_.cancel(letter->timer);
        }
        letter->timer = 0;
        letter->on_result(std::move(result));
    }

    Reactor& reactor_;
    MllpClientLimits limits_;
    std::shared_ptr<Dialler> dialler_;
    std::shared_ptr<MllpClientConnection> connection_;
    std::shared_ptr<Letter> in_flight_;
    std::deque<std::shared_ptr<Letter>> waiting_;
    bool opening_ = false;
    bool stopped_ = false;
};

MllpClient::MllpClient(Reactor& reactor, ClientEndpoint endpoint, MllpClientLimits limits)
    : reactor_(reactor),
      line_(std::make_shared<Line>(reactor, std::move(endpoint), limits)),
      total_(limits.total) {
}

MllpClient::~MllpClient() {
    reactor_.settle([this] { line_->stop(); });
}

void MllpClient::send(std::shared_ptr<const std::string> bytes, OnResult on_result,
                      std::optional<std::chrono::milliseconds> deadline) {
    reactor_.post([line = line_, bytes = std::move(bytes), on_result = std::move(on_result),
                   time = deadline.value_or(total_)]() mutable {
        line->send(std::move(bytes), std::move(on_result), time);
    });
}

void MllpClient::close() {
    if (reactor_.on_own_thread()) {
        return line_->close();
    }
    reactor_.post([line = line_] { line->close(); });
}

}  // namespace gateway
