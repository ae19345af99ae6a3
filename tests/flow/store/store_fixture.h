// One suite over every backend of the Store: a backend is a way to open a store in a folder of its
// own (on a server: in a database named by the folder), and to open it again as after a restart.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/flow/store/key_ring.h"
#include "gateway/flow/store/store.h"

namespace gateway::test {

struct Backend {
    std::string name;
    std::function<std::unique_ptr<Store>(const std::filesystem::path& folder)> open;
    // With the keys of these letters.
    std::function<StoreReport(const std::filesystem::path& folder, std::string_view letters)>
        inspect;
    // What nobody should do: changes the database behind the store's back.
    std::function<void(const std::filesystem::path& folder, const std::string& sql)> execute;
};

const std::vector<Backend>& backends();  // backends.cpp

// A folder that is gone with the object.
class TemporaryFolder final {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder(TemporaryFolder&&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// A ring of made-up master keys, one a letter; the first is current.
std::shared_ptr<const KeyRing> keys_of(std::string_view letters);

// Submits and waits for the outcome, which is given on the store's own thread.
Outcome outcome_of(Store& store, UnitOfWork unit);
Outcome outcome_of(Store& store, Write write);

// The same, where anything but `Committed` fails the test.
std::vector<std::uint64_t> commit(Store& store, UnitOfWork unit);
std::uint64_t commit(Store& store, Write write);

// The refusal, where anything else fails the test.
PreconditionFailed refusal_of(Store& store, UnitOfWork unit);
PreconditionFailed refusal_of(Store& store, Write write);

Instant at_second(std::int64_t second);

Message message_named(const std::string& id);
Delivery delivery_named(const std::string& id, const std::string& message,
                        const std::string& order_key = "key");
AuditRecord audit_of(const std::string& message);

class StoreTest : public ::testing::TestWithParam<Backend> {
protected:
    StoreTest() : store_(GetParam().open(folder_.path())) {}

    Store& store() { return *store_; }

    void restart();

    StoreReport inspect(std::string_view letters = "a") const {
        return GetParam().inspect(folder_.path(), letters);
    }

    void execute(const std::string& sql) const { GetParam().execute(folder_.path(), sql); }

    // What a worker does: the new lease of a delivery.
    std::uint64_t lease(const std::string& delivery, std::int64_t until_second = 1000);

    std::vector<std::string> due(std::int64_t second = 100);

private:
    TemporaryFolder folder_;
    std::unique_ptr<Store> store_;
};

}  // namespace gateway::test

// Runs the tests of a fixture derived from StoreTest on every backend.
#define GATEWAY_ON_EVERY_BACKEND(fixture)                                                         \
    INSTANTIATE_TEST_SUITE_P(Backends, fixture, ::testing::ValuesIn(::gateway::test::backends()), \
                             [](const auto& instance) { return instance.param.name; })
