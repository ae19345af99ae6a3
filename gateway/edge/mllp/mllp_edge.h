// The MLLP listener of the partners: who calls is settled when the connection is up, before a byte
// of a message is read; then every message goes to the pipeline and its acknowledgement comes back
// once the commit is durable. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/base/log.h"
#include "gateway/flow/credentials/seen_certificates.h"
#include "gateway/flow/pipeline/pipeline.h"
#include "gateway/net/mllp_server.h"

namespace gateway {

class MllpEdge final {
public:
    struct Parts {
        Pipeline& pipeline;
        const Clock& clock;
        IdSource& ids;
        Log& log;
        std::shared_ptr<BodyRoom> room;
        SeenCertificates* seen = nullptr;  // null: nobody wants to know
    };

    // Listens at once, as the snapshot's settings say. Everything must outlive it.
    MllpEdge(const std::vector<Reactor*>& reactors, Parts parts);

    std::uint16_t port() const { return server_->port(); }

    std::size_t connections() const { return server_->connections(); }

    // After the pipeline has the snapshot `now`: its certificate for connections from now on; those
    // of peers that it does not know as the same partner are closed.
    void reload(const std::shared_ptr<const Snapshot>& before,
                const std::shared_ptr<const Snapshot>& now);

    void stop(std::chrono::milliseconds grace) { server_->stop(grace); }

private:
    void on_message(const MllpMessage& message, const MllpReply& reply) const;
    Admission on_open(const MllpMessage& peer) const;

    Parts parts_;
    std::unique_ptr<MllpServer> server_;
};

}  // namespace gateway
