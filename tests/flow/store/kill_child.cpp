// A process to be killed: `store_kill_child PATH ROUND` opens the store, keeps many units under
// way, and writes a line per outcome to standard output the moment it is told of a commit. Each
// unit adds a message with its audit record and delivery; every third delivery is leased and
// finished.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

constexpr int in_flight_max = 16;

// One write(2): lines are whole or missing, never buffered in the process that dies.
void tell(const std::string& line) {
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) {
        std::_Exit(3);
    }
}

class Load final {
public:
    Load(Store& store, std::string round) : store_(store), round_(std::move(round)) {}

    void run() {
        for (int i = 0;; ++i) {
            while (in_flight_ >= in_flight_max) {
                std::this_thread::yield();
            }
            add(round_ + "-" + std::to_string(i), i % 3 == 0);
        }
    }

private:
    void add(const std::string& id, bool deliver_too) {
        UnitOfWork unit;
        Message message = message_named("m" + id);
        message.bytes = std::make_shared<const std::string>(6000, 'x');
        message.digest = sha256(*message.bytes);
        unit.add(AddMessage{message});
        unit.add(AddAudit{audit_of(message.id)});
        unit.add(AddDelivery{delivery_named("d" + id, message.id, "key" + id)});
        submit(std::move(unit), "message " + message.id + "\n",
               [this, id, deliver_too](const Committed&) {
                   if (deliver_too) {
                       lease("d" + id);
                   }
               });
    }

    void lease(const std::string& id) {
        UnitOfWork unit;
        unit.add(LeaseDelivery{id, 0, at_second(100), at_second(200)});
        submit(std::move(unit), "", [this, id](const Committed& committed) {
            UnitOfWork end;
            end.add(
                FinishDelivery{id, committed.assigned.front(), DeliveryState::delivered, "200"});
            end.add(AddAudit{audit_of(id)});
            submit(std::move(end), "delivered " + id + "\n", [](const Committed&) {});
        });
    }

    void submit(UnitOfWork unit, std::string line, std::function<void(const Committed&)> then) {
        ++in_flight_;
        store_.submit(
            std::move(unit), [](const std::function<void()>& task) { task(); },
            [this, line = std::move(line), then = std::move(then)](const Outcome& outcome) {
                const auto* committed = std::get_if<Committed>(&outcome);
                if (committed == nullptr) {
                    std::_Exit(2);
                }
                if (!line.empty()) {
                    tell(line);
                }
                then(*committed);
                --in_flight_;
            });
    }

    Store& store_;
    std::string round_;
    std::atomic<int> in_flight_ = 0;
};

}  // namespace

}  // namespace gateway::test

int main(int count, char** arguments) {
    if (count != 3) {
        return 1;
    }
    gateway::SqliteOptions options;
    options.path = arguments[1];
    options.keys = gateway::test::keys_of("a");
    const auto store = gateway::open_sqlite_store(options);
    gateway::test::Load(*store, arguments[2]).run();
}
