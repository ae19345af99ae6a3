#include "gateway/flow/store/sqlite/integrity_check.h"

#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace gateway::sqlite {

namespace {

constexpr int lowest_priority = 19;

// On Linux a thread has a niceness of its own. Should that be refused, it runs as the others do.
void give_way_to_others() {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), lowest_priority);
}

}  // namespace

std::optional<std::string> find_damage(Connection& connection) {
    Query row(connection, "PRAGMA quick_check(1)");
    if (!row.step()) {
        return "no answer";
    }
    return row.text(0) == "ok" ? std::nullopt : std::optional(row.string(0));
}

IntegrityCheck::IntegrityCheck(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), thread_([this] { run(); }) {
}

IntegrityCheck::~IntegrityCheck() {
    // Again and again: an interrupt that comes before the statement has begun is forgotten.
    while (is_running()) {
        sqlite3_interrupt(connection_->handle());
        std::this_thread::yield();
    }
    thread_.join();
}

bool IntegrityCheck::is_running() const {
    const std::lock_guard lock(mutex_);
    return is_running_;
}

std::optional<std::string> IntegrityCheck::fault() const {
    const std::lock_guard lock(mutex_);
    return fault_;
}

void IntegrityCheck::run() {
    give_way_to_others();
    std::optional<std::string> found;
    try {
        found = find_damage(*connection_);
    } catch (const SqliteError& error) {
        if (error.primary_code() != SQLITE_INTERRUPT) {
            found = error.what();
        }
    }
    const std::lock_guard lock(mutex_);
    fault_ = std::move(found);
    is_running_ = false;
}

}  // namespace gateway::sqlite
