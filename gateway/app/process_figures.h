// What the machine says about this process, under the names that every Prometheus client uses
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gateway {

struct ProcessFigures {
    std::uint64_t resident_memory_bytes = 0;
    std::chrono::nanoseconds cpu{};
    std::size_t open_descriptors = 0;
    std::uint64_t descriptors_max = 0;
};

ProcessFigures process_figures();

}  // namespace gateway
