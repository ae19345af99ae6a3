#include "gateway/app/twin/gp.h"

#include <utility>

#include "gateway/app/twin/endpoint.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"
#include "gateway/base/text.h"
#include "gateway/format/hl7v2/ack.h"
#include "gateway/format/hl7v2/groups.h"
#include "gateway/format/hl7v2/head.h"
#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/net/mllp_client.h"
#include "gateway/net/mllp_server.h"

namespace gateway {

namespace {

std::shared_ptr<const NameTable> v2_names() {
    auto names = std::make_shared<NameTable>();
    add_hl7v2_names(*names);
    return names;
}

// The sentences of an acknowledgement: ERR-8 (v2.5 and later), else MSA-3.
std::string reason_in(const Document& ack) {
    std::string reason;
    for (const NodeId error : ack.children(ack.root(), "ERR")) {
        const std::string_view text = ack.child_value(error, "f8");
        if (!text.empty()) {
            reason += (reason.empty() ? "" : "; ") + std::string{text};
        }
    }
    const NodeId msa = ack.child(ack.root(), "MSA");
    if (reason.empty() && msa != no_node) {
        reason = ack.child_value(msa, "f3");
    }
    return reason;
}

// The free text of an answer: its notes, joined.
std::string notes_in(const Document& answer) {
    std::string text;
    for (const NodeId note : answer.children(answer.root(), "NTE")) {
        for (const NodeId comment : answer.children(note, "f3")) {
            text += (text.empty() ? "" : " ") + std::string{answer.value(comment)};
        }
    }
    return text;
}

}  // namespace

class GpTwin::Practice : public std::enable_shared_from_this<GpTwin::Practice> {
public:
    Practice(Reactor& reactor, const TwinSettings& settings, TwinEvents& events)
        : reactor_(reactor),
          settings_(settings),
          events_(events),
          names_(v2_names()),
          gateway_(reactor, client_endpoint(settings.gateway)) {}

    void open();

    void close() { server_->stop(std::chrono::seconds(1)); }

    void send(const std::string& file);

private:
    void on_message(const MllpMessage& message, const MllpReply& reply);
    void note_answer(const MllpMessage& message, const MessageHead& head);
    void on_acknowledged(const std::string& file, const MllpResult& result);

    Reactor& reactor_;
    const TwinSettings& settings_;
    TwinEvents& events_;
    RandomIds ids_;
    SystemClock clock_;
    std::shared_ptr<const NameTable> names_;
    MllpClient gateway_;
    std::unique_ptr<MllpServer> server_;
};

void GpTwin::Practice::open() {
    MllpServerSettings listen;
    listen.address = {settings_.listen.address->host, settings_.listen.address->port};
    listen.tls = server_tls(settings_.listen);
    listen.on_fault = [this](const ConnectionFault& fault) {
        events_.emit("connection.failed", {{"stage", fault.stage}, {"reason", fault.reason}});
    };
    server_ = std::make_unique<MllpServer>(
        std::vector<Reactor*>{&reactor_}, std::move(listen),
        [self = weak_from_this()](const MllpMessage& message, const MllpReply& reply) {
            if (const auto practice = self.lock()) {
                practice->on_message(message, reply);
            }
        });
    events_.emit("listening", {{"port", std::to_string(server_->port())}});
}

void GpTwin::Practice::send(const std::string& file) {
    const auto bytes = std::make_shared<const std::string>(read_file(file));
    events_.emit("message.sent", {{"file", file}, {"controlId", scan_head(*bytes).control_id}});
    gateway_.send(bytes, [self = weak_from_this(), file](const MllpResult& result) {
        if (const auto practice = self.lock()) {
            practice->on_acknowledged(file, result);
        }
    });
}

void GpTwin::Practice::on_acknowledged(const std::string& file, const MllpResult& result) {
    if (!result.reply) {
        events_.emit("message.failed", {{"file", file}, {"reason", result.detail}});
        return;
    }
    try {
        const Document ack = read_hl7v2(result.reply, names_);
        const NodeId msa = ack.child(ack.root(), "MSA");
        const NodeId msh = ack.child(ack.root(), "MSH");
        events_.emit("message.acknowledged",
                     {{"file", file},
                      {"code", msa == no_node ? "" : ack.child_value(msa, "f1")},
                      {"gatewayId", ack.child_value(msh, "f10")},
                      {"reason", reason_in(ack)}});
    } catch (const Failure& failure) {
        events_.emit("message.failed", {{"file", file}, {"reason", failure.internal()}});
    }
}

void GpTwin::Practice::on_message(const MllpMessage& message, const MllpReply& reply) {
    const MessageHead head = scan_head(*message.bytes);
    AckAnswer answer{.code = AckCode::aa, .control_id = ids_.uuid(), .now = clock_.now()};
    if (head.fault) {
        reply.close();
        return;
    }
    try {
        note_answer(message, head);
    } catch (const Failure& failure) {
        events_.emit("answer.unreadable", {{"reason", failure.internal()}});
        answer.code = AckCode::ae;
    }
    reply.send(build_ack(head, answer));
}

void GpTwin::Practice::note_answer(const MllpMessage& message, const MessageHead& head) {
    const Document answer = read_hl7v2(message.bytes, names_);
    const NodeId rf1 = answer.child(answer.root(), "RF1");
    const auto of_referral = [&](std::string_view field) {
        return rf1 == no_node ? std::string_view{} : answer.child_value(rf1, field);
    };
    const std::string file =
        keep_in_inbox(settings_.inbox, head.control_id + ".hl7", *message.bytes);
    events_.emit("answer.received", {{"type", head.type + "^" + head.event},
                                     {"controlId", head.control_id},
                                     {"referral", of_referral("f6")},
                                     {"status", of_referral("f1")},
                                     {"note", notes_in(answer)},
                                     {"file", file}});
}

GpTwin::GpTwin(Reactor& reactor, const TwinSettings& settings, TwinEvents& events)
    : practice_(std::make_shared<Practice>(reactor, settings, events)) {
    practice_->open();
}

GpTwin::~GpTwin() {
    practice_->close();
}

void GpTwin::send(const std::string& file) {
    practice_->send(file);
}

}  // namespace gateway
