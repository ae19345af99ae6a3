#include "gateway/flow/alarm/mail_sink.h"

#include <utility>

#include "gateway/flow/alarm/mail_text.h"

namespace gateway {

MailSink::MailSink(Reactor& reactor, const ClientEndpoint& relay, SmtpLogin login,
                   Letterhead letterhead, std::chrono::milliseconds timeout)
    : letterhead_(std::move(letterhead)),
      host_(relay.own_name),
      client_(reactor, relay, std::move(login), timeout) {
}

void MailSink::send(const Notice& notice, OnSent on_sent) {
    client_.send({.from = letterhead_.from,
                  .to = letterhead_.to,
                  .text = mail_text(notice, letterhead_.from, letterhead_.to, host_)},
                 std::move(on_sent));
}

}  // namespace gateway
