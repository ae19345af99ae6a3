// One connection of an MLLP client and the message in flight on it. On its reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/byte_buffer.h"
#include "gateway/net/dialler.h"
#include "gateway/net/mllp_client.h"
#include "gateway/net/mllp_frames.h"

namespace gateway {

class MllpClientConnection final : public ClientConnection {
public:
    // What the connection tells its line.
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void opened(MllpClientConnection& connection) = 0;
        virtual void finished(MllpResult result) = 0;
        virtual void gone(MllpClientConnection& connection) = 0;
    };

    MllpClientConnection(Reactor& reactor, std::unique_ptr<Stream> stream,
                         std::weak_ptr<Owner> owner, const MllpClientLimits& limits);

    void begin(std::shared_ptr<const std::string> message);

    // Ends the message in flight, where there is one, and the connection with it: a late answer
    // meets nobody.
    void give_up(TransportError error, std::string detail);

    std::shared_ptr<MllpClientConnection> self();

private:
    void on_open() override;
    void on_readable() override;

    void on_sent() override {}

    void on_deadline() override { close(); }

    void on_broken(const std::string& reason) override;
    void on_closed() override;

    bool receive();
    void answered();
    TransportError cut_error() const;

    std::weak_ptr<Owner> owner_;
    MllpClientLimits limits_;
    ByteBuffer in_;
    MllpFrames frames_;
    bool in_flight_ = false;
    bool received_ = false;
    std::uint64_t sent_before_ = 0;
};

}  // namespace gateway
