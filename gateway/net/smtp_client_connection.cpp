#include "gateway/net/smtp_client_connection.h"

#include <array>
#include <utility>

#include "gateway/base/act.h"
#include "gateway/base/digest.h"

namespace gateway {

namespace {

constexpr int greeted = 220;
constexpr int logged_in = 235;
constexpr int done = 250;
constexpr int will_forward = 251;
constexpr int go_ahead = 354;

// A line that begins with a dot gets one more (RFC 5321 §4.5.2); then the end of all.
std::string transparent(const std::string& text) {
    std::string out;
    bool is_line_start = true;
    for (const char c : text) {
        if (is_line_start && c == '.') {
            out += '.';
        }
        out += c;
        is_line_start = c == '\n';
    }
    if (!is_line_start) {
        out += "\r\n";
    }
    return out + ".\r\n";
}

std::string_view name_of(int step) {
    constexpr std::array names{"the greeting", "EHLO", "AUTH",     "MAIL FROM",
                               "RCPT TO",      "DATA", "the text", "QUIT"};
    return names.at(static_cast<std::size_t>(step));
}

}  // namespace

SmtpClientConnection::SmtpClientConnection(Reactor& reactor, std::unique_ptr<Stream> stream,
                                           std::shared_ptr<const Task> task)
    : ClientConnection(reactor, std::move(stream)), task_(std::move(task)) {
}

void SmtpClientConnection::give_up() {
    has_ended_ = true;
    close();
}

// The mail's own deadline bounds all that follows.
void SmtpClientConnection::on_open() {
    deadline_at(SteadyTime::max());
    if (!task_->is_wanted()) {
        return give_up();
    }
    if (task_->is_greeted) {
        say(Step::hello, "EHLO " + task_->own_name);
    }
}

void SmtpClientConnection::on_readable() {
    std::array<char, 4096> room{};
    while (phase() == Phase::open) {
        if (const auto reply = replies_.next()) {
            answered(*reply);
            continue;
        }
        if (replies_.is_broken()) {
            return end("what answers is no mail server");
        }
        const StreamResult result = read(room);
        if (result.status == StreamStatus::again) {
            return;
        }
        if (result.status != StreamStatus::ready) {
            return end(result.status == StreamStatus::closed ? "closed by the mail server"
                                                             : stream().error());
        }
        replies_.add({room.data(), result.bytes});
    }
}

void SmtpClientConnection::answered(const SmtpReply& reply) {
    switch (step_) {
        case Step::greeting:
            return reply.code == greeted ? say(Step::hello, "EHLO " + task_->own_name)
                                         : refuse(reply.code);
        case Step::hello:
            return answered_hello(reply);
        case Step::login:
            return reply.code == logged_in ? say_from() : refuse(reply.code);
        case Step::from:
            return reply.code == done ? say_recipient() : refuse(reply.code);
        case Step::to:
            return answered_recipient(reply);
        case Step::data:
            if (reply.code != go_ahead) {
                return refuse(reply.code);
            }
            return say_text();
        case Step::text:
            if (reply.code != done) {
                return refuse(reply.code);
            }
            say(Step::over, "QUIT");
            return end(std::nullopt);
        case Step::over:
            return close();
    }
}

void SmtpClientConnection::answered_hello(const SmtpReply& reply) {
    if (reply.code != done) {
        return refuse(reply.code);
    }
    const SmtpLogin& login = task_->login;
    if (login.user.empty()) {
        return say_from();
    }
    if (!reply.offers("AUTH", "PLAIN")) {
        return end("the mail server does not offer AUTH PLAIN");
    }
    const std::string nul(1, '\0');
    say(Step::login, "AUTH PLAIN " + to_base64(nul + login.user + nul + login.password));
}

// Who can be told is told, whoever else cannot.
void SmtpClientConnection::answered_recipient(const SmtpReply& reply) {
    if (reply.code == done || reply.code == will_forward) {
        ++accepted_;
    } else {
        refused_with_ = reply.code;
    }
    ++recipient_;
    if (recipient_ < task_->mail.to.size()) {
        return say_recipient();
    }
    if (accepted_ == 0) {
        return refuse(refused_with_);
    }
    say(Step::data, "DATA");
}

void SmtpClientConnection::say_from() {
    say(Step::from, "MAIL FROM:<" + task_->mail.from + ">");
}

void SmtpClientConnection::say_recipient() {
    say(Step::to, "RCPT TO:<" + task_->mail.to.at(recipient_) + ">");
}

void SmtpClientConnection::say_text() {
    const Act act(ActSite::smtp_text);
    step_ = Step::text;
    send(transparent(task_->mail.text));
}

void SmtpClientConnection::say(Step step, std::string line) {
    const Act act(ActSite::smtp_line);
    step_ = step;
    send(std::move(line) + "\r\n");
}

void SmtpClientConnection::refuse(int code) {
    end(std::string(name_of(static_cast<int>(step_))) + " was answered " + std::to_string(code));
}

void SmtpClientConnection::end(std::optional<std::string> fault) {
    if (std::exchange(has_ended_, true)) {
        return;
    }
    const auto alive = shared_from_this();
    step_ = Step::over;
    if (fault) {
        close();
    } else {
        linger();
    }
    reactor().post([task = task_, fault = std::move(fault)] { task->on_end(fault); });
}

}  // namespace gateway
