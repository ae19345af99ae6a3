#include "gateway/app/bench/load.h"

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <utility>

#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/format/hl7v2/writer.h"
#include "gateway/net/mllp_client.h"

namespace gateway {

namespace {

constexpr std::chrono::minutes patience{5};

void set_part(Document& message, NodeId segment, std::string_view field, std::string_view part,
              std::string_view value) {
    NodeId node = segment == no_node ? no_node : message.child(segment, field);
    if (node == no_node) {
        return;
    }
    const NodeId finer = message.child(node, part);
    message.set_value(finer == no_node ? node : finer, ValueKind::string, value);
}

void number_identifiers(Document& message, NodeId patient, const std::string& number) {
    for (const NodeId identifier : message.children(patient, "f3")) {
        const NodeId id = message.child(identifier, "c1");
        message.set_value(id == no_node ? identifier : id, ValueKind::string, number);
    }
}

// All connections of one run; on the reactor's thread once started.
class Run {
public:
    Run(Reactor& reactor, const ClientEndpoint& endpoint, const LoadPlan& plan,
        const std::vector<std::shared_ptr<const std::string>>& referrals)
        : reactor_(reactor), plan_(plan), referrals_(referrals) {
        result_.messages.resize(referrals.size());
        for (std::size_t i = 0; i < plan.connections; ++i) {
            clients_.push_back(std::make_unique<MllpClient>(
                reactor, endpoint,
                MllpClientLimits{.total = patience, .waiting_max = referrals.size() + 1}));
        }
    }

    LoadResult run() {
        const auto began = std::chrono::steady_clock::now();
        auto done = done_.get_future();
        reactor_.post([this] {
            if (plan_.rate > 0) {
                tick();
            } else {
                for (const auto& client : clients_) {
                    send_next(*client);
                }
            }
        });
        done.wait();
        result_.took = std::chrono::steady_clock::now() - began;
        return std::move(result_);
    }

private:
    void send_next(MllpClient& client) {
        if (next_ >= referrals_.size()) {
            return;
        }
        send(client, next_++);
    }

    void send(MllpClient& client, std::size_t index) {
        result_.messages[index].sent = std::chrono::steady_clock::now();
        client.send(referrals_[index], [this, &client, index](const MllpResult& got) {
            LoadResult::Message& message = result_.messages[index];
            message.acknowledged = std::chrono::steady_clock::now();
            message.is_accepted = got.reply && got.reply->find("\rMSA|AA") != std::string::npos;
            if (plan_.rate <= 0) {
                send_next(client);
            }
            if (++answered_ == referrals_.size()) {
                done_.set_value();
            }
        });
    }

    // Open loop: what is due by the clock goes out, however late the answers are.
    void tick() {
        if (next_ == 0) {
            first_tick_ = std::chrono::steady_clock::now();
        }
        const double since =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - first_tick_).count();
        while (next_ < referrals_.size() && static_cast<double>(next_) <= since * plan_.rate) {
            const std::size_t index = next_++;
            send(*clients_[index % clients_.size()], index);
        }
        if (next_ < referrals_.size()) {
            reactor_.after(std::chrono::milliseconds(1), [this] { tick(); });
        }
    }

    Reactor& reactor_;
    LoadPlan plan_;
    const std::vector<std::shared_ptr<const std::string>>& referrals_;
    std::vector<std::unique_ptr<MllpClient>> clients_;
    std::chrono::steady_clock::time_point first_tick_;
    std::size_t next_ = 0;
    std::size_t answered_ = 0;
    LoadResult result_;
    std::promise<void> done_;
};

}  // namespace

std::string bench_number(std::size_t index) {
    return fmt::format("{}{:0{}}", bench_mark, index, bench_digits);
}

std::vector<std::shared_ptr<const std::string>> make_referrals(const std::string& template_bytes,
                                                               std::size_t count) {
    auto names = std::make_shared<NameTable>();
    add_hl7v2_names(*names);
    const auto bytes = std::make_shared<const std::string>(template_bytes);
    std::vector<std::shared_ptr<const std::string>> referrals;
    for (std::size_t i = 0; i < count; ++i) {
        Document message = read_hl7v2(bytes, names);
        const std::string number = bench_number(i);
        set_part(message, message.child(message.root(), "MSH"), "f10", "c1", number);
        set_part(message, message.child(message.root(), "RF1"), "f6", "c1", number);
        // Every referral another patient: all of its numbers, since ids are made from them.
        number_identifiers(message, message.child(message.root(), "PID"), number);
        for (const NodeId request : message.children(message.root(), "OBR")) {
            set_part(message, request, "f2", "c1", number);
            set_part(message, request, "f3", "c1", number);
        }
        referrals.push_back(std::make_shared<const std::string>(write_hl7v2(message)));
    }
    return referrals;
}

LoadResult run_load(Reactor& reactor, const ClientEndpoint& endpoint, const LoadPlan& plan,
                    const std::vector<std::shared_ptr<const std::string>>& referrals) {
    Run run(reactor, endpoint, plan, referrals);
    return run.run();
}

}  // namespace gateway
