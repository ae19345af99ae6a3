// What a backend does around the units of work: its transactions, what follows an error, and its
// upkeep. Used by the writer's thread alone.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/flow/store/sql/connection.h"

namespace gateway::sql {

// Why no later commit can be trusted, if that is so.
using Broken = std::optional<std::string>;

class Session {
public:
    Session() = default;
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;

    // Begins a transaction beside which nobody else writes. Throws `SqlError`.
    virtual Connection& begin() = 0;

    // Durable on return. Throws `SqlError`, also where that is in doubt.
    virtual void commit() = 0;

    // After any `SqlError` of a transaction: undoes what is left of it.
    virtual Broken recover(const SqlError& error) = 0;

    // Whether another process may write between two transactions of this one.
    virtual bool is_shared() const = 0;

    // Tells other processes, with the commit of this transaction, that something is there now for
    // these destinations; none: that they should look at all.
    virtual void announce(const std::vector<std::string>& /*destinations*/) {}

    // Hears what they announce, until it is called without a function; an empty destination: look
    // at all. From one thread at a time, not the writer's.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): whoever does hear keeps it.
    virtual void hear(std::function<void(const std::string& destination)> /*told*/) {}

    // Why the database cannot be had now, which may pass; nothing while it can. Any thread.
    virtual std::optional<std::string> away() const { return std::nullopt; }

    // Why this program may never write the database again; nothing while it may. Any thread.
    virtual std::optional<std::string> outdated() const { return std::nullopt; }

    // How long the writer may rest before `tend` is called; nothing: for ever.
    virtual std::optional<std::chrono::milliseconds> rest() const = 0;

    // Something was overwritten for ever: what this database still keeps of it elsewhere must go,
    // as soon as that disturbs nobody.
    virtual void erase_traces() = 0;

    struct Tended {
        bool checkpointed = false;
        Broken broken = std::nullopt;
    };

    // Upkeep: after every transaction, and (`is_quiet`) after a rest or before the end.
    virtual Tended tend(bool is_quiet) = 0;
};

}  // namespace gateway::sql
