// One MLLP connection of a server: idle, inside a frame, waiting for the reply, writing, and again.
// On its reactor's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gateway/net/byte_buffer.h"
#include "gateway/net/connection.h"
#include "gateway/net/mllp_frames.h"
#include "gateway/net/mllp_server.h"

namespace gateway {

// What all connections of a server share; but for the counts unchanged while it runs.
struct MllpService {
    MllpLimits limits;
    MllpServer::OnMessage on_message;
    MllpServer::OnOpen on_open;
    std::function<void(const ConnectionFault&)> on_fault;
    std::shared_ptr<BodyRoom> room;
    std::atomic<std::uint64_t> messages = 0;
    std::atomic<std::uint64_t> junk_bytes = 0;
    std::atomic<std::uint64_t> broken_frames = 0;
    std::atomic<std::uint64_t> refused_frames = 0;

    void report(const std::string& peer_ip, const char* stage, std::string reason) const;
};

class MllpServerConnection final : public ServerConnection {
public:
    MllpServerConnection(Arrival arrival, std::shared_ptr<MllpService> service);

    void drain() override;

    // The application's answer to the message of this number; ignored where that is over.
    void answer(std::uint64_t message, std::string bytes);
    void go_on(std::uint64_t message);
    void end_without_answer(std::uint64_t message);

private:
    enum class State { idle, frame, waiting, writing };

    void on_open() override;
    void on_readable() override;
    void on_sent() override;
    void on_sending() override;
    void on_deadline() override;
    void on_failed(const std::string& reason) override;
    void on_closed() override;

    bool receive();
    void note_progress();
    void wait_for_room();
    void message_complete();
    void refuse(std::string reason);
    void count_skipped();
    MllpMessage peer() const;
    std::shared_ptr<MllpServerConnection> self();

    std::shared_ptr<MllpService> service_;
    State state_ = State::idle;
    ByteBuffer in_;
    MllpFrames frames_;
    std::uint64_t message_ = 0;
    SteadyTime transfer_since_ = {};
    std::uint64_t sent_before_ = 0;
    std::uint64_t junk_counted_ = 0;
    std::uint64_t broken_counted_ = 0;
    bool without_room_ = false;
    bool asks_for_room_ = false;  // a timer will
    bool draining_ = false;
};

}  // namespace gateway
