#include "gateway/app/bench/net/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <thread>
#include <utility>

namespace gateway {

void Measurement::done(std::uint64_t right, const Times& times) {
    const std::lock_guard lock(mutex_);
    right_ += right;
    times_.insert(times_.end(), times.begin(), times.end());
}

void Measurement::fault(const std::string& what) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(what);
}

void NetFigure::expect_served(std::uint64_t served, std::uint64_t broken) {
    if (served != right) {
        faults.push_back(fmt::format("{} right answers, but {} requests served", right, served));
    }
    if (broken > 0) {
        faults.push_back(fmt::format("{} requests arrived broken", broken));
    }
}

void NetFigure::add(NetFigure other) {
    right += other.right;
    requests += other.requests;
    seconds += other.seconds;
    times.insert(times.end(), other.times.begin(), other.times.end());
    server_cpu_seconds += other.server_cpu_seconds;
    client_cpu_seconds += other.client_cpu_seconds;
    std::ranges::move(other.faults, std::back_inserter(faults));
}

NetFigure measure(const MeasuredTime& time, std::size_t threads,
                  const std::function<void(Measurement&)>& caller,
                  std::vector<ThreadClock> server) {
    Measurement run;
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < threads; ++i) {
        callers.emplace_back([&run, &caller] {
            try {
                caller(run);
            } catch (const std::exception& fault) {
                run.fault(fault.what());
            }
            // The thread's clock is read by us: it must not end before.
            run.phase_.wait(Measurement::Phase::warm_up);
            run.phase_.wait(Measurement::Phase::measured);
        });
    }
    const std::vector<ThreadClock> clients = clocks_of(callers);
    std::this_thread::sleep_for(time.warm_up);
    const double server_before = seconds_of(server);
    const double client_before = seconds_of(clients);
    const auto began = std::chrono::steady_clock::now();
    run.phase_ = Measurement::Phase::measured;
    run.phase_.notify_all();
    std::this_thread::sleep_for(time.measured);
    NetFigure figure;
    figure.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    figure.server_cpu_seconds = seconds_of(server) - server_before;
    figure.client_cpu_seconds = seconds_of(clients) - client_before;
    run.phase_ = Measurement::Phase::over;
    run.phase_.notify_all();
    callers.clear();
    figure.right = run.right_;
    figure.requests = run.times_.size();
    figure.times = std::move(run.times_);
    figure.faults = std::move(run.faults_);
    if (figure.requests == 0) {
        figure.faults.emplace_back("nothing was answered in the measured time");
    }
    return figure;
}

}  // namespace gateway
