// Two gateways, processes of their own, on one PostgreSQL, with their partners and the partners'
// ledger in one folder. The partners are peers.mjs, which has none of the gateway's code. One
// thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/flow/store/postgres/postgres_store.h"

namespace gateway::torture {

enum class Which { first, second };

inline constexpr int patients = 4;  // of peers.mjs: what they send stays in order

inline constexpr std::array both = {Which::first, Which::second};

struct Arrival {
    std::string number;
    std::string version;  // what a receiver knows a repeat by, and the bytes
    std::chrono::milliseconds at{};
};

struct ClusterLedger {
    std::set<std::string> acknowledged;
    std::vector<Arrival> arrivals;
    std::vector<std::string> refusals;
};

class Cluster final {
public:
    // `more` is added to the settings of both, such as more of [store.postgres].
    explicit Cluster(const PostgresTarget& target, const std::string& more = {});
    ~Cluster();
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;
    Cluster(Cluster&&) = delete;
    Cluster& operator=(Cluster&&) = delete;

    // Waits until it is ready.
    void start(Which which);
    void kill(Which which);

    // 0 where nobody answers.
    int readiness(Which which) const;
    bool comes_to(Which which, int readiness) const;

    void order(const std::string& order) { peers_->write_line(order); }

    // The first line that begins so.
    std::optional<std::string> heard(const std::string& beginning);

    // Until all that was sent is acknowledged and has arrived.
    bool drains(int referrals);

    ClusterLedger ledger() const;

    // Lost, doubled, out of order, refused for good; the audit of both.
    std::vector<std::string> findings() const;

    void keep() { is_kept_ = true; }

    const std::string& folder() const { return stage_.folder; }

private:
    struct Member {
        std::string config;
        std::uint16_t mllp = 0;
        std::uint16_t ops = 0;
        std::unique_ptr<Child> process;
    };

    Member& member(Which which) { return members_.at(static_cast<std::size_t>(which)); }

    const Member& member(Which which) const { return members_.at(static_cast<std::size_t>(which)); }

    Stage stage_;
    std::array<Member, 2> members_;
    std::unique_ptr<Child> peers_;
    bool is_kept_ = false;
};

}  // namespace gateway::torture
