#include "gateway/net/smtp_client.h"

#include <cstdint>
#include <utility>

#include "gateway/net/dialler.h"
#include "gateway/net/smtp_client_connection.h"

namespace gateway {

namespace {

constexpr std::chrono::minutes address_age{1};

}  // namespace

// On the reactor's thread.
class SmtpClient::Post final : public std::enable_shared_from_this<Post> {
public:
    Post(Reactor& reactor, const ClientEndpoint& endpoint, SmtpLogin login,
         std::chrono::milliseconds deadline)
        : reactor_(reactor),
          login_(std::move(login)),
          deadline_(deadline),
          dialler_(std::make_shared<Dialler>(reactor, endpoint,
                                             Dialler::Timing{deadline, address_age})) {}

    void send(SmtpMail mail, OnResult on_result) {
        stop();
        on_result_ = std::move(on_result);
        const std::uint64_t turn = ++turn_;
        timer_ = reactor_.after(deadline_, [weak = weak_from_this(), turn] {
            finish_of(weak, turn, "no answer in time");
        });
        auto task = std::make_shared<SmtpClientConnection::Task>();
        task->mail = std::move(mail);
        task->login = login_;
        task->own_name = dialler_->endpoint().own_name;
        task->is_greeted = dialler_->endpoint().opening == Opening::smtp_start_tls;
        task->is_wanted = [weak = weak_from_this(), turn] {
            const auto self = weak.lock();
            return self && self->turn_ == turn;
        };
        task->on_end = [weak = weak_from_this(), turn](const std::optional<std::string>& fault) {
            finish_of(weak, turn, fault);
        };
        dialler_->dial(
            [weak = weak_from_this(), turn, task, &reactor = reactor_](auto stream) {
                auto connection =
                    std::make_shared<SmtpClientConnection>(reactor, std::move(stream), task);
                if (const auto self = weak.lock(); self && self->turn_ == turn) {
                    self->connection_ = connection;
                }
                return connection;
            },
            [weak = weak_from_this(), turn](TransportError error, const std::string& reason) {
                finish_of(weak, turn, std::string(to_string(error)) + ": " + reason);
            });
    }

    void stop() {
        ++turn_;
        on_result_ = nullptr;
        reactor_.cancel(timer_);
        if (const auto connection = connection_.lock()) {
            connection->give_up();
        }
        connection_.reset();
    }

private:
    static void finish_of(const std::weak_ptr<Post>& weak, std::uint64_t turn,
                          const std::optional<std::string>& fault) {
        if (const auto self = weak.lock(); self && self->turn_ == turn) {
            self->finish(fault);
        }
    }

    void finish(const std::optional<std::string>& fault) {
        const OnResult told = std::exchange(on_result_, nullptr);
        if (fault) {
            stop();
        } else {
            ++turn_;
            reactor_.cancel(timer_);
            connection_.reset();  // it says good-bye by itself
        }
        told(fault);
    }

    Reactor& reactor_;
    SmtpLogin login_;
    std::chrono::milliseconds deadline_;
    std::shared_ptr<Dialler> dialler_;
    std::weak_ptr<SmtpClientConnection> connection_;
    OnResult on_result_;
    TimerId timer_ = 0;
    std::uint64_t turn_ = 0;  // what comes of an earlier one is nobody's
};

SmtpClient::SmtpClient(Reactor& reactor, const ClientEndpoint& endpoint, SmtpLogin login,
                       std::chrono::milliseconds deadline)
    : post_(std::make_shared<Post>(reactor, endpoint, std::move(login), deadline)),
      reactor_(reactor) {
}

SmtpClient::~SmtpClient() {
    reactor_.settle([this] { post_->stop(); });
}

void SmtpClient::send(SmtpMail mail, OnResult on_result) {
    reactor_.post([post = post_, mail = std::move(mail), on_result = std::move(on_result)] {
        post->send(mail, on_result);
    });
}

}  // namespace gateway
