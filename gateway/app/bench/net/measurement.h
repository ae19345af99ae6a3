// One figure of a network benchmark: callers on threads of their own, a warm-up, a measured time,
// and then what they did in it, with the processor time of both sides. Any fault voids the figure.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/app/bench/net/thread_clock.h"
#include "gateway/app/bench/report.h"

namespace gateway {

struct MeasuredTime {
    std::chrono::milliseconds warm_up{500};
    std::chrono::milliseconds measured{3000};
};

// What all callers of one figure share. Thread-safe.
class Measurement final {
public:
    enum class Phase { warm_up, measured, over };

    Phase phase() const { return phase_.load(std::memory_order_relaxed); }

    std::uint64_t next_number() { return next_.fetch_add(1, std::memory_order_relaxed); }

    using Times = std::vector<std::chrono::steady_clock::duration>;

    // A caller's last act: all its right answers of the whole run, and how long those of the
    // measured time took.
    void done(std::uint64_t right, const Times& times);
    void fault(const std::string& what);

private:
    friend struct NetFigure measure(const MeasuredTime&, std::size_t,
                                    const std::function<void(Measurement&)>&,
                                    std::vector<ThreadClock>);

    std::atomic<Phase> phase_ = Phase::warm_up;
    std::atomic<std::uint64_t> next_ = 1;
    std::mutex mutex_;  // guards all below
    std::uint64_t right_ = 0;
    Times times_;
    std::vector<std::string> faults_;
};

struct NetFigure {
    std::uint64_t right = 0;     // answers in the whole run, warm-up too
    std::uint64_t requests = 0;  // in the measured time
    double seconds = 0;
    Measurement::Times times = {};  // of those
    double server_cpu_seconds = 0;
    double client_cpu_seconds = 0;
    std::vector<std::string> faults = {};

    double rate() const { return seconds > 0 ? static_cast<double>(requests) / seconds : 0; }

    double server_cpu_us() const { return per_request(server_cpu_seconds); }

    double client_cpu_us() const { return per_request(client_cpu_seconds); }

    Percentiles latency() const { return percentiles(times); }

    // Another run of the same.
    void add(NetFigure other);

    // Where the server counted something else than the callers did.
    void expect_served(std::uint64_t served, std::uint64_t broken);

private:
    double per_request(double cpu_seconds) const {
        return requests > 0 ? cpu_seconds * 1e6 / static_cast<double>(requests) : 0;
    }
};

// `caller` runs on `threads` threads until the phase is over. `server`: the clocks of its threads,
// which must outlive this call.
NetFigure measure(const MeasuredTime& time, std::size_t threads,
                  const std::function<void(Measurement&)>& caller, std::vector<ThreadClock> server);

}  // namespace gateway
