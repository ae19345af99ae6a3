// A few connections for look-ups, each used by one at a time, so that readers wait neither for the
// writer nor for each other. One that has become useless (a server that went away) is replaced.
// Thread-safe; one mutex guards the pool.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/flow/store/sql/connection.h"

namespace gateway::sql {

class ReaderPool final {
public:
    using Open = std::function<std::unique_ptr<Connection>()>;  // throws SqlError

    ReaderPool(Open open, std::size_t connections);

    // Runs `look_up` with a connection; waits for one with a deadline. An error becomes a
    // `Failure`; where the connection was the trouble, another is tried first.
    template <class Function>
    auto read(const Function& look_up) -> decltype(look_up(std::declval<Connection&>())) {
        Lease lease(*this);
        try {
            if (lease.connection && lease.connection->is_usable()) {
                return look_up(*lease.connection);
            }
        } catch (const SqlError& error) {
            if (lease.connection->is_usable()) {
                throw failure_of(error);
            }
        }
        try {
            lease.connection.reset();
            lease.connection = open_();
            return look_up(*lease.connection);
        } catch (const SqlError& error) {
            throw failure_of(error);
        }
    }

private:
    struct Lease {
        explicit Lease(ReaderPool& from);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Lease(Lease&&) = delete;
        Lease& operator=(Lease&&) = delete;

        ReaderPool& pool;
        std::unique_ptr<Connection> connection;  // null after one could not be opened
    };

    static Failure failure_of(const SqlError& error);

    Open open_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace gateway::sql
