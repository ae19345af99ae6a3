// The stream to a mail relay that begins in plain and goes over to TLS by STARTTLS: that is a part
// of its handshake, so that nobody above it can say a word in plain. A server that does not offer
// STARTTLS, refuses it, or has said more than its answer before TLS begins, is left: nothing of
// what it said in plain is believed. One thread at a time. Spec: RFC 3207 (§6: what a man in the
// middle may try).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/net/plain_stream.h"
#include "gateway/net/smtp_replies.h"
#include "gateway/net/tls_context.h"

namespace gateway {

class SmtpStartTls final : public Stream {
public:
    // `own_name` is how we greet, `server_name` whom the certificate must be of.
    SmtpStartTls(Socket socket, std::shared_ptr<const TlsContext> context, std::string own_name,
                 std::string server_name);

    StreamStatus handshake() override;

    bool connected() const override { return tls_ ? tls_->connected() : plain_.connected(); }

    bool refused_by_peer() const override { return tls_ && tls_->refused_by_peer(); }

    bool left_unheard() const override { return tls_ && tls_->left_unheard(); }

    bool cut_inside_record() const override { return tls_ && tls_->cut_inside_record(); }

    // Only after the handshake.
    StreamResult read(std::span<char> space) override;
    StreamResult write(std::string_view bytes) override;
    void finish_sending() override;

    int descriptor() const override { return descriptor_; }

    std::string error() const override;

    std::shared_ptr<const PeerCertificate> peer_certificate() const override;

private:
    enum class Step { connecting, greeting, hello, start };

    StreamStatus go_on();
    StreamStatus send_waiting();
    StreamStatus read_more();
    StreamStatus answered(const SmtpReply& reply);
    StreamStatus begin_tls();
    StreamStatus fail(std::string error);

    PlainStream plain_;
    int descriptor_;
    std::shared_ptr<const TlsContext> context_;
    std::string own_name_;
    std::string server_name_;
    std::unique_ptr<Stream> tls_;
    Step step_ = Step::connecting;
    std::string to_send_;
    SmtpReplies replies_;
    std::string error_;
};

}  // namespace gateway
