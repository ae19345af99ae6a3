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
    std::string accept_ack = {};          // MSH-15
    std::string application_ack = {};     // MSH-16
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
    ~PipelineTest() override;

    // The acknowledgement, once it is there, "none" where none is wanted; "-" and the failure's
    // text where the edge has to make one.
    std::string send(const std::string& bytes);

    std::string send(const ReferralText& referral) { return send(hl7v2(referral)); }

    // The reply may come later.
    struct Sent;
    std::shared_ptr<Sent> start(const std::string& bytes);

    std::shared_ptr<Sent> start(const ReferralText& referral) { return start(hl7v2(referral)); }

    // The same of a FHIR message.
    std::shared_ptr<Sent> start_fhir(const std::string& bytes, const std::string& idempotency = {});

    // Until `free_worker` the one worker does nothing else.
    void occupy_worker();
    void free_worker();

    // After whatever the one worker was asked before, with all commits of that.
    void settle();

    // Time goes by: what was to run `after` a shorter one runs, on this thread.
    void pass(std::chrono::milliseconds time);

    // As after a crash: a new process on the same store.
    void restart();

    void use(const ChangeSettings& change) { pipeline_->replace(make_snapshot(change)); }

    PipelineParts parts_on(Lanes& lanes);

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
    mutable std::mutex mutex_;  // guards the next two
    std::vector<Concern> concerns_;
    std::vector<std::pair<Instant, std::function<void()>>> timers_;
    std::unique_ptr<std::promise<void>> go_on_;
    std::unique_ptr<Lanes> lanes_;
    std::unique_ptr<Pipeline> pipeline_;
};

struct PipelineTest::Sent {
    std::string wait();

    std::promise<ReplyOrFailure> promise;
    std::future<ReplyOrFailure> future = promise.get_future();
};

}  // namespace gateway::test
