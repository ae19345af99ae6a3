#include "gateway/net/mllp_server.h"

#include <atomic>
#include <utility>

#include "gateway/net/mllp_server_connection.h"

namespace gateway {

struct MllpReply::Once {
    Once(std::shared_ptr<Mailbox> box, std::weak_ptr<MllpServerConnection> to, std::uint64_t number)
        : mailbox(std::move(box)), connection(std::move(to)), message(number) {}

    Once(const Once&) = delete;
    Once& operator=(const Once&) = delete;

    ~Once() { end(); }

    void end() {
        if (answered.exchange(true)) {
            return;
        }
        mailbox->post([to = connection, number = message] {
            if (const auto alive = to.lock()) {
                alive->end_without_answer(number);
            }
        });
    }

    std::shared_ptr<Mailbox> mailbox;
    std::weak_ptr<MllpServerConnection> connection;
    std::uint64_t message;
    std::atomic<bool> answered = false;
};

MllpReply::MllpReply(std::shared_ptr<Mailbox> mailbox,
                     std::weak_ptr<MllpServerConnection> connection, std::uint64_t message)
    : once_(std::make_shared<Once>(std::move(mailbox), std::move(connection), message)) {
}

void MllpReply::send(std::string bytes) const {
    if (once_->answered.exchange(true)) {
        return;
    }
    once_->mailbox->post(
        [to = once_->connection, number = once_->message, bytes = std::move(bytes)]() mutable {
            if (const auto alive = to.lock()) {
                alive->answer(number, std::move(bytes));
            }
        });
}

void MllpReply::go_on() const {
    if (once_->answered.exchange(true)) {
        return;
    }
    once_->mailbox->post([to = once_->connection, number = once_->message] {
        if (const auto alive = to.lock()) {
            alive->go_on(number);
        }
    });
}

void MllpReply::close() const {
    once_->end();
}

MllpServer::MllpServer(std::vector<Reactor*> reactors, const MllpServerSettings& settings,
                       OnMessage on_message, OnOpen on_open)
    : service_(std::make_shared<MllpService>()) {
    service_->limits = settings.limits;
    service_->on_message = std::move(on_message);
    service_->on_open = std::move(on_open);
    service_->on_fault = settings.on_fault;
    service_->room = settings.room;
    listener_ = std::make_unique<Listener>(
        std::move(reactors),
        Listener::Settings{settings.address, settings.tls, settings.limits.connection,
                           settings.on_fault},
        [service = service_](Arrival arrival) {
            return std::make_shared<MllpServerConnection>(std::move(arrival), service);
        });
}

MllpServer::~MllpServer() {
    stop(std::chrono::milliseconds(0));
}

MllpCounts MllpServer::counts() const {
    return {service_->messages, service_->junk_bytes, service_->broken_frames,
            service_->refused_frames};
}

void MllpServer::replace_tls(std::shared_ptr<const TlsContext> tls) {
    listener_->replace_tls(std::move(tls));
}

void MllpServer::close_where(const std::function<bool(const PeerCertificate&)>& unwelcome) {
    listener_->close_where(unwelcome);
}

void MllpServer::stop(std::chrono::milliseconds grace) {
    listener_->stop(grace);
}

}  // namespace gateway
