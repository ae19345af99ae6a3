// One kept-alive connection of an HTTP client and the exchange on it. On its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/byte_buffer.h"
#include "gateway/net/dialler.h"
#include "gateway/net/http_client.h"
#include "gateway/net/http_reader.h"

namespace gateway {

class HttpClientConnection;

// A call on its way: waiting for a connection, or on one.
struct HttpExchange {
    HttpCall call;
    HttpClient::OnResult on_result;
    TimerId timer = 0;
    bool repeated = false;
    std::weak_ptr<HttpClientConnection> connection = {};
};

class HttpClientConnection final : public ClientConnection {
public:
    enum class Afterwards { reusable, closing };

    // What the connection tells its pool.
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void opened(HttpClientConnection& connection) = 0;
        virtual void finished(HttpClientConnection& connection,
                              std::shared_ptr<HttpExchange> exchange, HttpResult result,
                              Afterwards afterwards) = 0;
        virtual void gone(HttpClientConnection& connection) = 0;
    };

    HttpClientConnection(Reactor& reactor, std::unique_ptr<Stream> stream,
                         std::weak_ptr<Owner> owner, const HttpClientLimits& limits);

    void begin(std::shared_ptr<HttpExchange> exchange, const std::string& host);

    // Ends the exchange, and with it the connection: what comes later belongs to nobody.
    void give_up(TransportError error, std::string detail);

    void give_up_if_busy(TransportError error, std::string detail);

    std::shared_ptr<HttpClientConnection> self();

    // A peer may have closed a used connection while we looked away.
    bool was_used() const { return exchanges_ > 1; }

private:
    void on_open() override;
    void on_readable() override;

    void on_sent() override {}

    void on_deadline() override { close(); }

    void on_broken(const std::string& reason) override;
    void on_closed() override;

    bool receive();
    StreamResult receive_bytes();
    void stream_ended(StreamStatus status);
    TransportError cut_error() const;
    void complete();
    void end(HttpResult result, Afterwards afterwards);

    bool request_bytes_sent() const { return bytes_sent() > sent_before_; }

    std::weak_ptr<Owner> owner_;
    HttpClientLimits limits_;
    std::shared_ptr<HttpExchange> exchange_;
    std::optional<HttpResponseReader> reader_;
    ByteBuffer in_;
    bool received_ = false;
    std::uint64_t sent_before_ = 0;
    std::uint64_t exchanges_ = 0;
};

}  // namespace gateway
