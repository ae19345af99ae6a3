// Gives a mail to a relay: one connection a mail, one mail at a time, one deadline for all of it.
// Nothing is sent before the relay has proved who it is, but where the endpoint says that it is
// plain. Errors name the command and the code that answered it, never a text of either side.
// send(): any thread; calls back on the reactor's thread.
// Specs: RFC 5321, RFC 3207 (STARTTLS), RFC 8314 (implicit TLS), RFC 4954 with RFC 4616 (AUTH
// PLAIN).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/net/client_endpoint.h"
#include "gateway/net/reactor.h"

namespace gateway {

struct SmtpMail {
    std::string from;
    std::vector<std::string> to;
    std::string text;  // headers, blank line, body; lines end with CR LF
};

struct SmtpLogin {
    std::string user = {};  // empty: without
    std::string password = {};
};

class SmtpClient final {
public:
    // Why it was not taken; nothing: it was, for one recipient at least.
    using OnResult = std::function<void(std::optional<std::string> fault)>;

    // The reactor must outlive the client.
    SmtpClient(Reactor& reactor, const ClientEndpoint& endpoint, SmtpLogin login,
               std::chrono::milliseconds deadline);

    // A mail under way is given up without a word.
    ~SmtpClient();
    SmtpClient(const SmtpClient&) = delete;
    SmtpClient& operator=(const SmtpClient&) = delete;
    SmtpClient(SmtpClient&&) = delete;
    SmtpClient& operator=(SmtpClient&&) = delete;

    void send(SmtpMail mail, OnResult on_result);

private:
    class Post;

    std::shared_ptr<Post> post_;
    Reactor& reactor_;
};

}  // namespace gateway
