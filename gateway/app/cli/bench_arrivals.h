// What the benchmarks say that hold each arrival against what was sent: rates, latencies, the
// gateway's processor time and its syncs, and whether the run holds at all.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/app/bench/load.h"
#include "gateway/app/bench/pass_sink.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"

namespace gateway {

// Referrals of exactly `size` bytes, by a note at the end of each.
PassSink::Messages make_padded_referrals(const std::string& assets, std::size_t count,
                                         std::size_t size);

// Until so many have arrived, or five minutes have passed.
void await_arrivals(const PassSink& sink, std::size_t wanted);

// What has grown until now; the growth over the measured part is what it took.
struct Use {
    double gateway_cpu = 0;
    double own_cpu = 0;
    std::optional<std::uint64_t> syncs;  // nothing: those of a database server
};

// `count_file`: of `bench gateway --count-syncs`.
Use use_of(const Child& gateway, const Stage& stage, const std::string& count_file);

void print_use(const Use& before, const Use& after, std::size_t count, std::ostream& out);

// `skipped`: sent before the measured part.
void print_rates(const LoadResult& load, const PassSink& sink, std::size_t skipped,
                 std::ostream& out);

// Whether every message was accepted and arrived once, as it was to arrive: `praise` says so.
bool print_verdict(const LoadResult& load, const PassSink& sink, std::string_view praise,
                   std::ostream& out);

}  // namespace gateway
