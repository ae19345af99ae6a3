// The power goes at every sync and between: thousands of disks that it could leave, each opened by
// the real store. What was acknowledged before is there, once, whole, and the audit is sound.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "gateway/base/failure.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/power_loss.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using namespace std::chrono_literals;

constexpr unsigned seed = 20'261'125;
constexpr std::size_t images_min = 2'000;
constexpr std::array losses = {Loss::everything,  Loss::nothing,    Loss::all_after_one,
                               Loss::some_writes, Loss::some_pages, Loss::some_sectors};

SqliteOptions options_for(const std::filesystem::path& folder, const FaultyDisk& disk) {
    SqliteOptions options;
    options.path = folder / "store.db";
    options.vfs = disk.name();
    options.readers = 1;
    options.keys = keys_of("a");
    return options;
}

// A store from its making on: commits, checkpoints while it runs, stops and starts.
class Recording final {
public:
    explicit Recording(Syncs syncs) : record_(syncs) {
        disk_.watch(&record_);
        for (int start = 0; start < 3; ++start) {
            auto store = open_sqlite_store(options_for(folder_.path(), disk_));
            for (int round = 0; round < 3; ++round) {
                work(*store, std::to_string(start) + "-" + std::to_string(round));
                wait_for_checkpoint(*store);
            }
            work(*store, std::to_string(start) + "-last");
        }
        disk_.watch(nullptr);
    }

    const std::vector<DiskEvent>& events() const { return record_.events(); }

private:
    void work(Store& store, const std::string& round) {
        for (int i = 0; i < 6; ++i) {
            const std::string id = round + "-" + std::to_string(i);
            UnitOfWork unit;
            Message message = message_named(id);
            message.bytes = std::make_shared<const std::string>(6000, 'x');
            message.digest = sha256(*message.bytes);
            unit.add(AddMessage{message});
            unit.add(AddAudit{audit_of(id)});
            unit.add(AddDelivery{delivery_named("d" + id, id, "key" + id)});
            submit(store, std::move(unit), id);
            if (i % 2 == 0) {
                deliver(store, "d" + id);
            }
        }
    }

    void deliver(Store& store, const std::string& delivery) {
        const std::uint64_t lease =
            commit(store, LeaseDelivery{delivery, 0, at_second(100), at_second(200)});
        UnitOfWork unit;
        unit.add(FinishDelivery{delivery, lease, DeliveryState::delivered, "200"});
        submit(store, std::move(unit), delivery);
    }

    // Noted on the writer's thread, at the very moment at which a sender would be told.
    void submit(Store& store, UnitOfWork unit, const std::string& what) {
        std::promise<bool> committed;
        store.submit(
            std::move(unit), [](const std::function<void()>& task) { task(); },
            [&](const Outcome& outcome) {
                record_.acknowledge(what);
                committed.set_value(std::holds_alternative<Committed>(outcome));
            });
        EXPECT_TRUE(committed.get_future().get()) << what;
    }

    static void wait_for_checkpoint(const Store& store) {
        const auto before = store.counters().checkpoints;
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (store.counters().checkpoints == before) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no checkpoint came";
            std::this_thread::yield();
        }
    }

    TemporaryFolder folder_;
    FaultyDisk disk_;
    DiskRecord record_;
};

// The first thing wrong with the audit and what its records speak of; empty if nothing is.
std::string fault_of_audit(const StoreReads& store) {
    AuditRecord previous;
    std::set<std::string> seen;
    for (const AuditRecord& record : store.audit_after(0, 100'000)) {
        if (record.sequence != previous.sequence + 1 || record.previous != previous.hash ||
            record.hash != chained_hash(record.previous, record)) {
            return "the audit breaks at " + std::to_string(record.sequence);
        }
        if (!seen.insert(record.message).second) {
            return record.message + " is there twice";
        }
        if (!store.message(record.message) || store.deliveries_of(record.message).size() != 1) {
            return record.message + " is there in part";
        }
        previous = record;
    }
    return "";
}

std::string fault_of(const StoreReads& store, const std::set<std::string>& acknowledged) {
    for (const std::string& what : acknowledged) {
        if (what.front() == 'd') {
            const auto delivery = store.delivery(what);
            if (!delivery || delivery->state != DeliveryState::delivered) {
                return what + " was acknowledged as delivered and is not";
            }
        } else if (const auto message = store.message(what);
                   !message || message->bytes->size() != 6000U) {
            return what + " was acknowledged and is missing";
        }
    }
    return fault_of_audit(store);
}

// Opens disks as the power left them.
class Restarts final {
public:
    Restarts() { disk_.watch(&nobody_); }

    std::string fault_of(const std::map<std::string, std::string>& image,
                         const std::set<std::string>& acknowledged) {
        const TemporaryFolder folder;
        for (const auto& [path, content] : image) {
            std::ofstream(folder.path() / std::filesystem::path(path).filename(), std::ios::binary)
                << content;
        }
        try {
            const auto store = open_sqlite_store(options_for(folder.path(), disk_));
            std::string fault = test::fault_of(*store, acknowledged);
            if (fault.empty() && !takes_more(*store)) {
                fault = "it takes no more units";
            }
            return fault;
        } catch (const Failure& failure) {
            return failure.internal();
        }
    }

private:
    // Syncs nothing and keeps nothing: an image is thrown away.
    class Nobody final : public DiskObserver {
    public:
        void opened(const std::string&) override {}

        void wrote(const std::string&, sqlite3_int64, std::string_view) override {}

        void truncated(const std::string&, sqlite3_int64) override {}

        void synced(const std::string&) override {}

        void removed(const std::string&, bool) override {}
    };

    static bool takes_more(Store& store) {
        return std::holds_alternative<Committed>(
            outcome_of(store, AddMessage{message_named("after the loss")}));
    }

    FaultyDisk disk_;
    Nobody nobody_;
};

struct Result {
    std::size_t images = 0;
    std::size_t faulty = 0;
    std::string first;  // fault, and how to come there again
};

bool is_sync(const DiskEvent& event) {
    return event.kind == DiskEvent::Kind::sync || event.kind == DiskEvent::Kind::remove_and_sync;
}

// Every way to lose power before and after each sync and acknowledgement, and `images_min` at least
// in all: the others fall where the dice say.
Result lose_power(const std::vector<DiskEvent>& events) {
    std::mt19937 random(seed);
    std::vector<std::set<Loss>> cuts(events.size() + 1);
    std::size_t planned = 0;
    const auto plan = [&](std::size_t cut, Loss loss) {
        planned += cuts[cut].insert(loss).second ? 1U : 0U;
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (is_sync(events[i]) || events[i].kind == DiskEvent::Kind::acknowledge) {
            for (const Loss loss : losses) {
                plan(i, loss);
                plan(i + 1, loss);
            }
        }
    }
    const std::size_t enough =
        std::min(cuts.size() * losses.size(), std::max(planned + 500, images_min));
    while (planned < enough) {
        plan(random() % cuts.size(), losses[random() % losses.size()]);
    }
    Result result;
    LostPower power;
    Restarts restarts;
    for (std::size_t cut = 0; cut < cuts.size(); ++cut) {
        for (const Loss loss : cuts[cut]) {
            const std::string fault =
                restarts.fault_of(power.image(loss, random), power.acknowledged());
            ++result.images;
            result.faulty += fault.empty() ? 0U : 1U;
            if (!fault.empty() && result.first.empty()) {
                result.first = fault + " (seed " + std::to_string(seed) + ", after event " +
                               std::to_string(cut) + " of " + std::to_string(events.size()) +
                               ", lost: " + std::string(to_string(loss)) + ")";
            }
        }
        if (cut < events.size()) {
            power.apply(events[cut]);
        }
    }
    return result;
}

}  // namespace

TEST(SqlitePowerLoss, TakesNothingThatWasAcknowledged) {
    const Recording recording(Syncs::kept);
    const Result result = lose_power(recording.events());
    EXPECT_EQ(result.faulty, 0U) << result.first;
    EXPECT_GE(result.images, images_min);
    RecordProperty("images", static_cast<int>(result.images));
}

// The proof that the test above would see it.
TEST(SqlitePowerLoss, IsFoundOutWhenNothingIsSynced) {
    const Recording recording(Syncs::ignored);
    const Result result = lose_power(recording.events());
    EXPECT_GT(result.faulty, 0U);
    RecordProperty("faulty", static_cast<int>(result.faulty));
}

}  // namespace gateway::test
