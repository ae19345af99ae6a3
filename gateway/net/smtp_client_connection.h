// One mail on one connection: command, answer, command. On its reactor's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/dialler.h"
#include "gateway/net/smtp_client.h"
#include "gateway/net/smtp_replies.h"

namespace gateway {

class SmtpClientConnection final : public ClientConnection {
public:
    struct Task {
        SmtpMail mail;
        SmtpLogin login;
        std::string own_name;
        bool is_greeted = false;          // the greeting was a part of the handshake
        std::function<bool()> is_wanted;  // false: it was given up while we dialled
        SmtpClient::OnResult on_end;
    };

    SmtpClientConnection(Reactor& reactor, std::unique_ptr<Stream> stream,
                         std::shared_ptr<const Task> task);

    void give_up();

private:
    enum class Step { greeting, hello, login, from, to, data, text, over };

    void on_open() override;
    void on_readable() override;

    void on_sent() override {}

    void on_deadline() override { end("no answer in time"); }

    void on_broken(const std::string& reason) override { end(reason); }

    void on_closed() override { end("the connection was closed"); }

    void answered(const SmtpReply& reply);
    void answered_hello(const SmtpReply& reply);
    void answered_recipient(const SmtpReply& reply);
    void say(Step step, std::string line);
    void say_from();
    void say_recipient();
    void say_text();
    void refuse(int code);
    void end(std::optional<std::string> fault);

    std::shared_ptr<const Task> task_;
    Step step_ = Step::greeting;
    SmtpReplies replies_;
    std::size_t recipient_ = 0;
    std::size_t accepted_ = 0;
    int refused_with_ = 0;  // the last refusal of a recipient
    bool has_ended_ = false;
};

}  // namespace gateway
