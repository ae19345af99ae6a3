// SQLite's `quick_check` of a large store, beside the traffic: it reads the whole file, a gigabyte
// in a second or in ten, and what was accepted must not wait for that long. On a thread of its own
// that gives way to all others, since a worker or the writer would be missing meanwhile.
// https://www.sqlite.org/pragma.html#pragma_quick_check
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "gateway/flow/store/sqlite/connection.h"

namespace gateway::sqlite {

// The first thing that is wrong; nothing where all is well. Throws `SqliteError`.
std::optional<std::string> find_damage(Connection& connection);

class IntegrityCheck final {
public:
    // Begins at once. The connection is for reading, and this check's alone.
    explicit IntegrityCheck(std::unique_ptr<Connection> connection);
    // Breaks it off.
    ~IntegrityCheck();
    IntegrityCheck(const IntegrityCheck&) = delete;
    IntegrityCheck& operator=(const IntegrityCheck&) = delete;
    IntegrityCheck(IntegrityCheck&&) = delete;
    IntegrityCheck& operator=(IntegrityCheck&&) = delete;

    // Any thread.
    bool is_running() const;
    // What it found wrong, or why it could not look; nothing so far, or at all. Any thread.
    std::optional<std::string> fault() const;

private:
    void run();

    std::unique_ptr<Connection> connection_;
    mutable std::mutex mutex_;  // guards the next two
    bool is_running_ = true;
    std::optional<std::string> fault_;
    std::thread thread_;
};

}  // namespace gateway::sqlite
