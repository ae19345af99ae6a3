// Stands between a gateway and its PostgreSQL server, on a socket of its own, and loses what a
// network loses at the worst moment: once, at the next COMMIT, as the test says. Its connections
// are threads of their own. Thread-safe. For tests.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/scratch_folder.h"

namespace gateway {

enum class AtCommit {
    pass,          // nothing is lost
    lose_request,  // the server never hears of it: the connection is cut at both ends
    lose_answer,   // the server commits, the connection is cut before its answer
    delay,         // the gateway is cut off, the server hears of it when `release` says so
};

class PostgresProxy final {
public:
    // `server`: the folder of its socket.
    explicit PostgresProxy(const std::string& server);

    // Cuts all.
    ~PostgresProxy();
    PostgresProxy(const PostgresProxy&) = delete;
    PostgresProxy& operator=(const PostgresProxy&) = delete;
    PostgresProxy(PostgresProxy&&) = delete;
    PostgresProxy& operator=(PostgresProxy&&) = delete;

    // The host for the gateway's settings.
    const std::string& folder() const { return folder_.path(); }

    // The next COMMIT alone; then `pass` again.
    void at_next_commit(AtCommit what) { next_ = what; }

    // Whether the COMMIT that was asked for has come.
    bool has_struck() const { return has_struck_; }

    // Lets the server hear of the delayed COMMIT.
    void release() { is_released_ = true; }

private:
    struct Pair {
        int client = -1;
        int server = -1;
    };

    void accept_all();
    void carry(Pair pair);
    bool carry_request(const Pair& pair);
    void strike(const Pair& pair, AtCommit what, const std::string& request);
    static void end(const Pair& pair);

    ScratchFolder folder_;
    std::string server_;
    int listening_ = -1;
    std::atomic<AtCommit> next_ = AtCommit::pass;
    std::atomic<bool> has_struck_ = false;
    std::atomic<bool> is_released_ = false;
    std::atomic<bool> is_over_ = false;
    std::mutex mutex_;  // guards carriers_
    std::list<std::thread> carriers_;
    std::thread acceptor_;
};

}  // namespace gateway
