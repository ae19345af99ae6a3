// Gives an alarm to a mail relay. On the reactor's thread.
#pragma once

#include <string>
#include <vector>

#include "gateway/flow/alarm/sink.h"
#include "gateway/net/smtp_client.h"

namespace gateway {

class MailSink final : public AlarmSink {
public:
    struct Letterhead {
        std::string from;
        std::vector<std::string> to;
    };

    // The endpoint's own name is where the mails' ids are from.
    MailSink(Reactor& reactor, const ClientEndpoint& relay, SmtpLogin login, Letterhead letterhead,
             std::chrono::milliseconds timeout);

    void send(const Notice& notice, OnSent on_sent) override;

private:
    Letterhead letterhead_;
    std::string host_;
    SmtpClient client_;
};

}  // namespace gateway
