#include "gateway/app/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gateway {

namespace {

// proc(5): the second number of statm, in pages.
std::uint64_t resident_memory() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    statm >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds cpu_time() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t open_descriptors() {
    std::error_code error;
    const std::filesystem::directory_iterator descriptors("/proc/self/fd", error);
    return error ? 0
                 : static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

std::uint64_t descriptors_max() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

ProcessFigures process_figures() {
    return {.resident_memory_bytes = resident_memory(),
            .cpu = cpu_time(),
            .open_descriptors = open_descriptors(),
            .descriptors_max = descriptors_max()};
}

}  // namespace gateway
