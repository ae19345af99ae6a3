#include "gateway/app/bench/report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <ostream>
#include <sstream>
#include <thread>

#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr int syncs = 200;
constexpr std::size_t utime_field = 11;  // behind the name, from 0: see proc(5), field 14

double milliseconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

std::string value_in(const std::string& file, std::string_view name) {
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with(name)) {
            return std::string{trimmed(std::string_view{line}.substr(line.find(':') + 1))};
        }
    }
    return "unknown";
}

Percentiles fsync_times(const std::string& folder) {
    const std::string file = folder + "/fsync-probe";
    const int descriptor = open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    std::vector<std::chrono::steady_clock::duration> times;
    for (int i = 0; i < syncs; ++i) {
        const auto began = std::chrono::steady_clock::now();
        if (write(descriptor, block.data(), block.size()) < 0 || fdatasync(descriptor) != 0) {
            break;
        }
        times.push_back(std::chrono::steady_clock::now() - began);
    }
    close(descriptor);
    unlink(file.c_str());
    return percentiles(std::move(times));
}

// "1234 kB" -> 1234; 0 if no number starts there.
double number_at_start(std::string_view text) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

Percentiles percentiles(std::vector<std::chrono::steady_clock::duration> times) {
    if (times.empty()) {
        return {};
    }
    std::ranges::sort(times);
    const auto at = [&](double share) {
        return milliseconds(
            times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]);
    };
    return {.p50_ms = at(0.5), .p99_ms = at(0.99), .max_ms = milliseconds(times.back())};
}

ProcessUse process_use(int process) {
    const std::string folder = fmt::format("/proc/{}", process);
    const std::string stat = read_file(folder + "/stat");
    // The name stands in brackets and may hold anything.
    std::istringstream rest(stat.substr(stat.rfind(')') + 2));
    std::string word;
    double ticks = 0;
    for (std::size_t field = 0; rest >> word; ++field) {
        if (field == utime_field || field == utime_field + 1) {
            ticks += number_at_start(word);
        }
    }
    const std::string rss = value_in(folder + "/status", "VmRSS");
    return {.cpu_seconds = ticks / static_cast<double>(sysconf(_SC_CLK_TCK)),
            .rss_mib = number_at_start(rss) / 1024};
}

double cpu_seconds_of_others() {
    // "cpu  user nice system idle iowait irq softirq steal …" in ticks: see proc(5).
    std::istringstream line(read_file("/proc/stat"));
    std::string name;
    line >> name;
    double taken = 0;
    constexpr std::size_t steal = 7;
    double ticks = 0;
    for (std::size_t field = 0; field <= steal && line >> ticks; ++field) {
        if (field <= 2 || field == steal) {
            taken += ticks;
        }
    }
    return taken / static_cast<double>(sysconf(_SC_CLK_TCK)) - process_use(getpid()).cpu_seconds;
}

std::string machine() {
    return fmt::format("{}, {} cores, {}", value_in("/proc/cpuinfo", "model name"),
                       std::thread::hardware_concurrency(), value_in("/proc/meminfo", "MemTotal"));
}

void print_machine(const std::string& folder, std::ostream& out) {
    const Percentiles sync = fsync_times(folder);
    out << "machine: " << machine() << "; fdatasync of 4 KiB p50 "
        << fmt::format("{:.3f} ms, p99 {:.3f} ms", sync.p50_ms, sync.p99_ms) << '\n';
}

}  // namespace gateway
