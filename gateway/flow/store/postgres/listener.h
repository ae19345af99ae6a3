// Hears at once what the other gateways on this database have put into the outbox, or set free, as
// they commit it. A connection and a thread of its own, which wait. A connection that was lost is
// made again; what was said meanwhile was said to nobody, so then all have to look. Nobody depends
// on being told: what is heard late, or never, is found by the next look.
// https://www.postgresql.org/docs/15/sql-notify.html
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/base/open_file.h"
#include "gateway/flow/store/postgres/connection.h"
#include "gateway/flow/store/postgres/reach.h"

namespace gateway::postgres {

// What is said with a commit: by whom, and for which destinations something is there now.
std::string announcement(std::string_view writer, const std::vector<std::string>& destinations);

class Listener final {
public:
    // A destination; empty: look at all.
    using Told = std::function<void(const std::string& destination)>;

    // `own`: the writer whose words are not news. `told` is called on the listener's thread: it
    // must be short and not throw.
    Listener(ConnectionParameters parameters, std::shared_ptr<Reach> reach, std::string own,
             Told told);

    // Waits for a call of `told` that is under way.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    Listener(Listener&&) = delete;
    Listener& operator=(Listener&&) = delete;

private:
    void run(const std::stop_token& stop);
    void listen(const std::stop_token& stop);
    void pass_on(std::string_view announced) const;

    ConnectionParameters parameters_;
    std::shared_ptr<Reach> reach_;
    std::string own_;
    Told told_;
    OpenFile wake_;  // readable once it is to stop
    std::jthread thread_;
};

}  // namespace gateway::postgres
