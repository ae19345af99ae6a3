#include "gateway/app/cli/bench_arrivals.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <thread>
#include <utility>

#include "gateway/app/bench/report.h"
#include "gateway/app/cli/queue_options.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/counted_disk.h"

namespace gateway {

namespace {

constexpr std::chrono::minutes drain_time{5};
constexpr std::string_view filler = "\rNTE|9||";

}  // namespace

PassSink::Messages make_padded_referrals(const std::string& assets, std::size_t count,
                                         std::size_t size) {
    PassSink::Messages messages =
        make_referrals(read_file(assets + "/config/demo/messages/second-sample.hl7"), count);
    for (auto& message : messages) {
        std::string padded{trimmed(*message)};
        if (padded.size() + filler.size() + 1 > size) {
            throw Failure(Category::invalid, fmt::format("--size must be at least {}",
                                                         padded.size() + filler.size() + 1));
        }
        padded += filler;
        padded.resize(size - 1, 'x');
        message = std::make_shared<const std::string>(padded + '\r');
    }
    return messages;
}

void await_arrivals(const PassSink& sink, std::size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + drain_time;
    while (sink.arrivals().distinct < wanted && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

Use use_of(const Child& gateway, const Stage& stage, const std::string& count_file) {
    Use use{process_use(gateway.process()).cpu_seconds, process_use(getpid()).cpu_seconds, {}};
    if (!settings_of(stage.config()).store.postgres.enabled()) {
        use.syncs = read_sync_count(count_file);
    }
    return use;
}

void print_use(const Use& before, const Use& after, std::size_t count, std::ostream& out) {
    const double messages = static_cast<double>(count);
    out << fmt::format("CPU a message: gateway {:.3f} ms, load and sink {:.3f} ms\n",
                       (after.gateway_cpu - before.gateway_cpu) * 1000 / messages,
                       (after.own_cpu - before.own_cpu) * 1000 / messages);
    if (before.syncs && after.syncs) {
        const std::uint64_t syncs = *after.syncs - *before.syncs;
        out << fmt::format("syncs of the store's files: {}, {:.3f} a message\n", syncs,
                           static_cast<double>(syncs) / messages);
    } else {
        out << "syncs: the database server's, not counted\n";
    }
}

void print_rates(const LoadResult& load, const PassSink& sink, std::size_t skipped,
                 std::ostream& out) {
    const auto arrived = sink.times();
    std::vector<std::chrono::steady_clock::duration> to_ack;
    std::vector<std::chrono::steady_clock::duration> to_sink;
    for (std::size_t i = 0; i < load.messages.size(); ++i) {
        const auto& message = load.messages[i];
        to_ack.push_back(message.acknowledged - message.sent);
        to_sink.push_back(arrived[skipped + i] - message.sent);
    }
    const double count = static_cast<double>(load.messages.size());
    const auto last = std::ranges::max(arrived);
    const double whole = std::chrono::duration<double>(last - load.messages[0].sent).count();
    const double took = std::chrono::duration<double>(load.took).count();
    const Percentiles ack = percentiles(std::move(to_ack));
    const Percentiles end = percentiles(std::move(to_sink));
    out << fmt::format(
        "accepted   {:>8.0f}/s   send to durable answer   p50 {:.3f} ms, p99 {:.3f} ms, max {:.3f} "
        "ms\n"
        "passed on  {:>8.0f}/s   send to destination    p50 {:.3f} ms, p99 {:.3f} ms, max {:.3f} "
        "ms\n",
        count / took, ack.p50_ms, ack.p99_ms, ack.max_ms, count / whole, end.p50_ms, end.p99_ms,
        end.max_ms);
}

bool print_verdict(const LoadResult& load, const PassSink& sink, std::string_view praise,
                   std::ostream& out) {
    const auto refused = std::ranges::count_if(
        load.messages, [](const LoadResult::Message& message) { return !message.is_accepted; });
    const auto arrivals = sink.arrivals();
    const std::size_t wanted = sink.times().size();
    const bool is_sound = refused == 0 && arrivals.changed == 0 && arrivals.distinct == wanted &&
                          arrivals.messages == wanted;
    out << fmt::format("sent {}, refused {}, arrived {} in {} messages, changed {}: {}\n", wanted,
                       refused, arrivals.distinct, arrivals.messages, arrivals.changed,
                       is_sound ? praise : "THE RUN IS VOID");
    return is_sound;
}

}  // namespace gateway
