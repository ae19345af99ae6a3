#include "gateway/app/bench/net/callers.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

using Steady = std::chrono::steady_clock;
using Phase = Measurement::Phase;

constexpr int silence_max_ms = 5'000;
constexpr std::size_t answer_bytes_max = 64UL * 1024;

// One caller's count.
class Tally {
public:
    explicit Tally(Measurement& run) : run_(run) {}

    void right(Steady::time_point began, Phase phase_when_begun) {
        ++right_;
        // Begun and ended in the measured time.
        if (phase_when_begun == Phase::measured && run_.phase() == Phase::measured) {
            times_.push_back(Steady::now() - began);
        }
    }

    void finish() const { run_.done(right_, times_); }

private:
    Measurement& run_;
    std::uint64_t right_ = 0;
    Measurement::Times times_;
};

// The whole answer; the peer sends nothing beyond it.
void read_answer(RawTls& connection, const Wire& wire, std::span<char> space) {
    std::size_t have = 0;
    for (;;) {
        const std::size_t count = connection.read(space.subspan(have));
        have += count;
        switch (wire.judge({space.data(), have}, wire.request, wire.number())) {
            case AnswerStep::right:
                return;
            case AnswerStep::wrong:
                throw Failure(Category::unprocessable, "a wrong answer");
            case AnswerStep::more:
                break;
        }
        if (count == 0 || have == space.size()) {
            throw Failure(Category::unprocessable, "a cut answer, or one without an end");
        }
    }
}

struct Kept {
    RawTls connection;
    Wire wire;
    Steady::time_point began = {};
    Phase phase = Phase::warm_up;
};

void send_next(Kept& kept, Measurement& run) {
    kept.wire.number(run.next_number());
    kept.phase = run.phase();
    kept.began = Steady::now();
    kept.connection.write(kept.wire.request);
}

// The kept connections of one thread and the epoll descriptor over them.
class KeptConnections {
public:
    KeptConnections(const RawContext& context, std::uint16_t port, const Wire& wire,
                    std::size_t count)
        : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (std::size_t i = 0; i < count; ++i) {
            kept_.push_back({RawTls(context, port), wire});
            epoll_event event = {};
            event.events = EPOLLIN;
            event.data.u64 = i;
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, kept_.back().connection.descriptor(), &event);
        }
    }

    ~KeptConnections() { ::close(epoll_); }

    KeptConnections(const KeptConnections&) = delete;
    KeptConnections& operator=(const KeptConnections&) = delete;

    void call(Measurement& run) {
        Tally tally(run);
        for (Kept& kept : kept_) {
            send_next(kept, run);
        }
        for (std::size_t under_way = kept_.size(); under_way > 0;) {
            std::array<epoll_event, 64> events = {};
            const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                           silence_max_ms);
            if (ready <= 0) {
                throw Failure(Category::timeout, "no answer in five seconds");
            }
            for (const epoll_event& event :
                 std::span(events).first(static_cast<std::size_t>(ready))) {
                Kept& kept = kept_[event.data.u64];
                read_answer(kept.connection, kept.wire, space_);
                tally.right(kept.began, kept.phase);
                if (run.phase() == Phase::over) {
                    --under_way;
                } else {
                    send_next(kept, run);
                }
            }
        }
        tally.finish();
    }

private:
    int epoll_;
    std::vector<Kept> kept_;
    std::vector<char> space_ = std::vector<char>(answer_bytes_max);
};

}  // namespace

void call_on_kept(const RawContext& context, std::uint16_t port, const Wire& wire,
                  std::size_t connections, Measurement& run) {
    block_broken_pipe_signals();
    KeptConnections(context, port, wire, connections).call(run);
}

void call_on_new(const RawContext& context, std::uint16_t port, Wire wire, Measurement& run) {
    block_broken_pipe_signals();
    Tally tally(run);
    std::vector<char> space(answer_bytes_max);
    while (run.phase() != Phase::over) {
        const Phase phase = run.phase();
        const auto began = Steady::now();
        wire.number(run.next_number());
        RawTls connection(context, port);
        connection.write(wire.request);
        read_answer(connection, wire, space);
        connection.finish();
        tally.right(began, phase);
    }
    tally.finish();
}

}  // namespace gateway
