#include "gateway/net/smtp_start_tls.h"

#include <array>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/net/tls_stream.h"

namespace gateway {

SmtpStartTls::SmtpStartTls(Socket socket, std::shared_ptr<const TlsContext> context,
                           std::string own_name, std::string server_name)
    : plain_(std::move(socket)),
      descriptor_(plain_.descriptor()),
      context_(std::move(context)),
      own_name_(std::move(own_name)),
      server_name_(std::move(server_name)) {
}

StreamStatus SmtpStartTls::handshake() {
    if (!error_.empty()) {
        return StreamStatus::failed;
    }
    return tls_ ? tls_->handshake() : go_on();
}

StreamStatus SmtpStartTls::go_on() {
    if (const auto status = plain_.handshake(); status != StreamStatus::ready) {
        return status == StreamStatus::failed ? fail(plain_.error()) : status;
    }
    if (step_ == Step::connecting) {
        step_ = Step::greeting;
    }
    while (!tls_) {
        if (const auto status = send_waiting(); status != StreamStatus::ready) {
            return status;
        }
        if (const auto reply = replies_.next()) {
            if (const auto status = answered(*reply); status != StreamStatus::ready) {
                return status;
            }
            continue;
        }
        if (replies_.is_broken()) {
            return fail("what answers is no mail server");
        }
        if (const auto status = read_more(); status != StreamStatus::ready) {
            return status;
        }
    }
    return tls_->handshake();
}

StreamStatus SmtpStartTls::send_waiting() {
    while (!to_send_.empty()) {
        const StreamResult result = plain_.write(to_send_);
        if (result.status != StreamStatus::ready) {
            return result.status == StreamStatus::again ? result.status : fail(plain_.error());
        }
        to_send_.erase(0, result.bytes);
    }
    return StreamStatus::ready;
}

StreamStatus SmtpStartTls::read_more() {
    std::array<char, 1024> room{};
    const StreamResult result = plain_.read(room);
    if (result.status == StreamStatus::ready) {
        replies_.add({room.data(), result.bytes});
        return StreamStatus::ready;
    }
    if (result.status == StreamStatus::again) {
        return result.status;
    }
    return fail(result.status == StreamStatus::closed ? "closed by the mail server before STARTTLS"
                                                      : plain_.error());
}

StreamStatus SmtpStartTls::answered(const SmtpReply& reply) {
    constexpr int is_ready = 220;
    constexpr int is_done = 250;
    const int wanted = step_ == Step::hello ? is_done : is_ready;
    if (reply.code != wanted) {
        return fail("the mail server answered " + std::to_string(reply.code) + " before STARTTLS");
    }
    switch (step_) {
        case Step::connecting:
        case Step::greeting:
            to_send_ = "EHLO " + own_name_ + "\r\n";
            step_ = Step::hello;
            return StreamStatus::ready;
        case Step::hello:
            if (!reply.offers("STARTTLS")) {
                return fail("the mail server does not offer STARTTLS: nothing was sent in plain");
            }
            to_send_ = "STARTTLS\r\n";
            step_ = Step::start;
            return StreamStatus::ready;
        case Step::start:
            break;
    }
    return begin_tls();
}

StreamStatus SmtpStartTls::begin_tls() {
    if (replies_.has_rest()) {
        return fail("the mail server said more than its answer before TLS began");
    }
    try {
        tls_ = TlsStream::connecting(plain_.take_socket(), *context_, server_name_);
    } catch (const Failure& failure) {
        return fail(failure.internal());
    }
    return StreamStatus::ready;
}

StreamStatus SmtpStartTls::fail(std::string error) {
    error_ = std::move(error);
    return StreamStatus::failed;
}

StreamResult SmtpStartTls::read(std::span<char> space) {
    return tls_ ? tls_->read(space) : StreamResult{StreamStatus::failed};
}

StreamResult SmtpStartTls::write(std::string_view bytes) {
    return tls_ ? tls_->write(bytes) : StreamResult{StreamStatus::failed};
}

void SmtpStartTls::finish_sending() {
    if (tls_) {
        tls_->finish_sending();
    }
}

std::string SmtpStartTls::error() const {
    return tls_ && error_.empty() ? tls_->error() : error_;
}

std::shared_ptr<const PeerCertificate> SmtpStartTls::peer_certificate() const {
    return tls_ ? tls_->peer_certificate() : nullptr;
}

}  // namespace gateway
