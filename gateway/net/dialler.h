// Opens connections to one endpoint: resolves, tries the addresses in order, and tells in whose
// name it failed. On the reactor's thread; failures are told in a later turn, never inside dial().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/client_endpoint.h"
#include "gateway/net/connection.h"
#include "gateway/net/resolver.h"
#include "gateway/net/transport_error.h"

namespace gateway {

using OnOpenFailed = std::function<void(TransportError, std::string reason)>;

// A connection that we made.
class ClientConnection : public Connection {
public:
    using Connection::Connection;

    void open(std::chrono::milliseconds within, OnOpenFailed on_open_failed);

protected:
    // The stream failed after it was open.
    virtual void on_broken(const std::string& reason) = 0;

private:
    void on_failed(const std::string& reason) final;

    OnOpenFailed on_open_failed_;
};

class Dialler final : public std::enable_shared_from_this<Dialler> {
public:
    using Make = std::function<std::shared_ptr<ClientConnection>(std::unique_ptr<Stream>)>;

    struct Timing {
        std::chrono::milliseconds connect;
        std::chrono::milliseconds address_age;
    };

    Dialler(Reactor& reactor, ClientEndpoint endpoint, Timing timing);

    // `make` may be called once for each address. Either the connection's on_open() or `on_failed`
    // is the end of it.
    void dial(Make make, OnOpenFailed on_failed);

    const ClientEndpoint& endpoint() const { return endpoint_; }

private:
    struct Attempt {
        std::vector<std::string> ips;
        std::size_t next = 0;
        Make make;
        OnOpenFailed on_failed;
    };

    void try_next(const std::shared_ptr<Attempt>& attempt);
    void attempt_failed(const std::shared_ptr<Attempt>& attempt, TransportError error,
                        const std::string& reason);
    std::unique_ptr<Stream> make_stream(const std::string& ip) const;

    Reactor& reactor_;
    ClientEndpoint endpoint_;
    Timing timing_;
    std::shared_ptr<Resolver> resolver_;
};

}  // namespace gateway
