// The pipeline on a store of its own, with a surgery that refers to a clinic: what a partner sends
// goes in, and what it is told comes out.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/flow/pipeline/pipeline.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

// The smallest referral, REF^I12, that crosses; an empty field is left out.
struct ReferralText {
    std::string control_id = "C-1";
    std::string number = "R-1";
    std::string patient = "P-1";
    std::string sent = "20260114104500+0000";
    std::string family = "Lowe";
    std::string birth_date = "19540922";  // another text than a date makes a message of faults
};

std::string hl7v2(const ReferralText& referral);

class SteppedClock final : public Clock {
public:
    Instant now() const override { return now_.load(); }

    SteadyTime steady() const override { return SteadyTime(now_.load().time_since_epoch()); }

    void advance(std::chrono::milliseconds by) { now_ = now_.load() + by; }

private:
    std::atomic<Instant> now_ = at_second(1'800'000'000);
};

using ChangeSettings = std::function<void(Settings&)>;

// Compiled settings: partner `gp` sends and refers to partner `clinic`.
std::shared_ptr<const Snapshot> make_snapshot(const ChangeSettings& change = {});

// MSA-1 of an acknowledgement, and what it says for people.
std::string msa_1(const std::string& acknowledgement);

class PipelineTest : public testing::Test {
protected:
    PipelineTest();

    // The acknowledgement, once it is there; "-" and the failure's text where nothing was stored.
    std::string send(const std::string& bytes);

    std::string send(const ReferralText& referral) { return send(hl7v2(referral)); }

    // The reply may come later.
    struct Sent;
    std::shared_ptr<Sent> start(const std::string& bytes);

    void use(const ChangeSettings& change) { pipeline_.replace(make_snapshot(change)); }

    Store& store() { return *store_; }

    std::size_t count(MessageState state) const;
    // Of the messages in this state, oldest first.
    std::vector<Message> messages(MessageState state) const;
    std::size_t audited(const std::string& outcome) const;
    bool is_traced(const std::string& message, const std::string& stage) const;
    std::size_t deliveries() const;
    std::vector<Concern> concerns() const;

    TemporaryFolder folder_;
    SteppedClock clock_;
    RandomIds ids_;
    Log log_{clock_, LogLevel::error};
    std::unique_ptr<Store> store_;
    DiskRoom disk_{[] { return std::optional(DiskSpace{}); }, {}, [](auto...) {}};
    mutable std::mutex mutex_;  // guards concerns_
    std::vector<Concern> concerns_;
    Lanes lanes_{2, 100};
    Pipeline pipeline_;
};

struct PipelineTest::Sent {
    std::string wait();

    std::promise<ReplyOrFailure> promise;
    std::future<ReplyOrFailure> future = promise.get_future();
};

}  // namespace gateway::test
