// What a benchmark says: rates, latencies, CPU and memory, with the machine and the settings they
// hold for. Every figure is measured in this run; a lost or doubled message voids it.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

namespace gateway {

struct Percentiles {
    double p50_ms = 0;
    double p99_ms = 0;
    double max_ms = 0;
};

Percentiles percentiles(std::vector<std::chrono::steady_clock::duration> times);

// Of a process, from /proc.
struct ProcessUse {
    double cpu_seconds = 0;
    double rss_mib = 0;
};

ProcessUse process_use(int process);

// What all other processes and the host have taken of this machine's processors since it started,
// in seconds: the growth over a benchmark says whether the machine was quiet.
double cpu_seconds_of_others();

// CPU model, cores, memory.
std::string machine();

// The same, and how long an fsync takes in `folder`.
void print_machine(const std::string& folder, std::ostream& out);

}  // namespace gateway
