#include "gateway/edge/mllp/mllp_edge.h"

#include <utility>
#include <variant>

#include "gateway/edge/auth/partner_gate.h"
#include "gateway/edge/mllp/failure_ack.h"

namespace gateway {

namespace {

MllpServerSettings server_settings(const Snapshot& snapshot, const MllpEdge::Parts& parts) {
    const Settings& settings = *snapshot.settings;
    MllpServerSettings server;
    server.address = {settings.listen.mllp.address->host, settings.listen.mllp.address->port};
    server.tls = snapshot.credentials.mllp.tls;
    server.limits.connection.handshake = settings.limits.handshake;
    server.limits.connection.connections_max = settings.limits.connections_max;
    server.limits.connection.connections_per_peer_max = settings.limits.connections_per_peer_max;
    server.limits.connection.transfer_bytes_per_second_min = settings.limits.body_rate_min;
    server.limits.message_bytes_max = settings.limits.body_bytes_max;
    server.room = parts.room;
    server.on_fault = [&log = parts.log](const ConnectionFault& fault) {
        log.write(fault.is_probe() ? LogLevel::debug : LogLevel::warning, "mllp.connection",
                  {LogField::word("stage", fault.stage), LogField::reason(fault.reason)});
    };
    return server;
}

std::variant<Identity, GateRefusal> identify(const Snapshot& snapshot,
                                             const PeerCertificate* certificate) {
    return admit(*snapshot.settings, certificate, Channel::mllp, snapshot.credentials.mllp.trust);
}

}  // namespace

MllpEdge::MllpEdge(const std::vector<Reactor*>& reactors, Parts parts)
    : parts_(std::move(parts)),
      server_(std::make_unique<MllpServer>(
          reactors, server_settings(*parts_.pipeline.snapshot(), parts_),
          [this](const MllpMessage& message, const MllpReply& reply) {
              on_message(message, reply);
          },
          [this](const MllpMessage& peer) { return on_open(peer); })) {
}

void MllpEdge::reload(const std::shared_ptr<const Snapshot>& before,
                      const std::shared_ptr<const Snapshot>& now) {
    server_->replace_tls(now->credentials.mllp.tls);
    server_->close_where([before, now](const PeerCertificate& peer) {
        return !is_still_welcome(identify(*before, &peer), identify(*now, &peer));
    });
}

Admission MllpEdge::on_open(const MllpMessage& peer) const {
    const auto snapshot = parts_.pipeline.snapshot();
    const auto who = identify(*snapshot, peer.peer_certificate.get());
    if (const auto* refusal = std::get_if<GateRefusal>(&who)) {
        parts_.log.write(LogLevel::warning, "mllp.refused",
                         {LogField::reason(to_string(*refusal)),
                          LogField::id("spki_sha256", key_of(peer.peer_certificate.get()))});
        return Admission::refused;
    }
    if (parts_.seen != nullptr) {
        parts_.seen->saw({std::get<Identity>(who).partner, peer.peer_certificate->spki_sha256,
                          peer.peer_certificate->not_after});
    }
    return Admission::welcome;
}

void MllpEdge::on_message(const MllpMessage& message, const MllpReply& reply) const {
    const auto snapshot = parts_.pipeline.snapshot();
    // Asked again for every message: a partner may have been removed since the connection opened.
    auto who = identify(*snapshot, message.peer_certificate.get());
    if (std::holds_alternative<GateRefusal>(who)) {
        reply.close();
        return;
    }
    const auto bytes = message.bytes;
    const std::string partner = std::get<Identity>(who).partner;
    parts_.pipeline.accept_hl7v2(
        {.sender = std::get<Identity>(std::move(who)), .channel = "mllp", .bytes = bytes},
        [this, bytes, partner, reply](const ReplyOrFailure& answer) {
            if (answer.reply) {
                answer.reply->bytes ? reply.send(*answer.reply->bytes) : reply.go_on();
                return;
            }
            std::string ack =
                failure_ack(*bytes, *answer.failure, parts_.ids.uuid(), parts_.clock.now());
            if (ack.empty()) {
                // Nothing that its sender could read: somebody else must be able to see why.
                parts_.log.write_failure("mllp.not_taken", *answer.failure,
                                         {LogField::partner(partner)});
                reply.close();
            } else {
                reply.send(std::move(ack));
            }
        });
}

}  // namespace gateway
