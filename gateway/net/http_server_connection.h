// One HTTP/1.1 connection of a server: idle, head, body, waiting for the reply, writing, and again.
// On its reactor's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/byte_buffer.h"
#include "gateway/net/connection.h"
#include "gateway/net/http_reader.h"
#include "gateway/net/http_server.h"

namespace gateway {

// What all connections of a server share; unchanged while it runs.
struct HttpService {
    HttpLimits limits;
    std::vector<std::string> hosts;
    HttpServer::OnRequest on_request;
    HttpServer::OnHead on_head;
    std::function<HttpResponse(const HttpRefusal&)> render_refusal;
    std::function<void(const ConnectionFault&)> on_fault;
    std::shared_ptr<BodyRoom> room;

    void report(const std::string& peer_ip, const char* stage, std::string reason) const;
};

class HttpServerConnection final : public ServerConnection {
public:
    HttpServerConnection(Arrival arrival, std::shared_ptr<const HttpService> service);

    void drain() override;

    // The application's answer to the request of this number; ignored where that is over.
    void answer(std::uint64_t request, const HttpResponse& response);

    // The application let go of the request without an answer.
    void answer_dropped(std::uint64_t request);

private:
    enum class State { idle, head, body, waiting, writing };
    enum class Progress { made, none };

    void on_open() override;
    void on_readable() override;
    void on_sent() override;
    void on_sending() override;
    void on_deadline() override;
    void on_failed(const std::string& reason) override;

    void on_closed() override {}

    void next_request();
    Progress receive();
    void input_ended(StreamStatus status);
    Progress advance_head();
    Progress advance_body();
    Progress receive_body();
    void head_complete();
    std::optional<HttpResponse> ask_head_hook();
    void body_complete();
    void refuse(const HttpRefusal& refusal);
    void write(const HttpResponse& response);
    SteadyTime transfer_deadline(std::uint64_t bytes) const;
    std::shared_ptr<HttpServerConnection> self();

    std::shared_ptr<const HttpService> service_;
    State state_ = State::idle;
    ByteBuffer in_;
    HttpRequestReader reader_;
    std::uint64_t request_ = 0;
    SteadyTime transfer_since_ = {};
    std::uint64_t sent_before_ = 0;
    bool keep_alive_ = false;
    bool head_request_ = false;
    bool draining_ = false;
};

}  // namespace gateway
