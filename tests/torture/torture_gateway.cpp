// The gateway as the product's libraries make it, with the seam of base/act.h open: acts are
// counted, and the process is killed before or after the one that a test names.
//   torture_gateway COUNTS [kill:SITE:before|after:N] [power|victim:PID]
//                          [full:N|sync:N|short:N] -- serve …
// `power` takes with it what was not synced; of a `victim` its process is made to quit instead, and
// this one goes on. COUNTS is a file of one 64-bit number for each site, and one more: 1 once the
// process was killed by plan.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/app/cli/cli.h"
#include "gateway/base/act.h"
#include "gateway/base/text.h"
#include "gateway/net/openssl_memory.h"
#include "tests/torture/volatile_disk.h"

namespace gateway {

namespace {

using namespace std::chrono_literals;

using Counts = std::array<std::atomic<std::uint64_t>, act_site_names.size() + 1>;

// Before an act is held back and the process killed, whatever else would betray that the gateway
// did not wait for the act has time to.
constexpr auto hold = 30ms;

// After a failed sync or a cut write: time to go on wrongly.
constexpr auto time_after_fault = 300ms;

struct Plan {
    Counts* counts = nullptr;
    std::string site;  // empty: none
    ActMoment moment = ActMoment::before;
    std::uint64_t number = 0;
    bool loses_power = false;
    bool has_victim = false;
    std::atomic<int> victim = 0;  // until it was killed
    std::mutex dying;             // one thread dies for all
};

// Set by main() before anything passes; `pass` has no other place to ask.
Plan& plan() {
    static Plan the_plan;
    return the_plan;
}

[[noreturn]] void die() {
    plan().dying.lock();
    plan().counts->back() = 1;
    if (plan().loses_power) {
        torture::lose_power();
    }
    ::kill(::getpid(), SIGKILL);
    while (true) {
        ::pause();
    }
}

void die_or_kill() {
    if (!plan().has_victim) {
        die();
    }
    if (const int victim = plan().victim.exchange(0); victim != 0) {
        ::kill(victim, SIGQUIT);
        plan().counts->back() = 1;
    }
}

Counts* map_counts(const char* file) {
    const int descriptor = ::open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || ::ftruncate(descriptor, sizeof(Counts)) != 0) {
        return nullptr;
    }
    void* memory =
        ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    return memory == MAP_FAILED ? nullptr : static_cast<Counts*>(memory);
}

std::uint64_t number_in(std::string_view digits) {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

void take_word(const std::string& word, torture::DiskPlan& disk) {
    const auto parts = split(word, ':');
    if (parts[0] == "kill") {
        plan().site = parts.at(1);
        plan().moment = parts.at(2) == "after" ? ActMoment::after : ActMoment::before;
        plan().number = number_in(parts.at(3));
    } else if (parts[0] == "power") {
        plan().loses_power = true;
    } else if (parts[0] == "victim") {
        plan().victim = static_cast<int>(number_in(parts.at(1)));
        plan().has_victim = true;
    } else {
        disk.fault = parts[0] == "full"   ? torture::DiskFault::full
                     : parts[0] == "sync" ? torture::DiskFault::sync_fails
                                          : torture::DiskFault::short_write;
        disk.from = number_in(parts.at(1));
        if (disk.fault != torture::DiskFault::full) {
            disk.on_fault = [] {
                std::thread([] {
                    std::this_thread::sleep_for(time_after_fault);
                    die();
                }).detach();
            };
        }
    }
}

}  // namespace

void pass(ActSite site, ActMoment moment) {
    Plan& planned = plan();
    const auto at = static_cast<std::size_t>(site);
    // Counted when begun: the acts of one site may overlap.
    std::atomic<std::uint64_t>& count = (*planned.counts)[at];
    const std::uint64_t number = moment == ActMoment::before ? ++count : count.load();
    if (planned.site == act_site_names[at] && planned.moment == moment &&
        number >= planned.number) {
        if (moment == ActMoment::before) {
            std::this_thread::sleep_for(hold);
        }
        die_or_kill();
    }
}

}  // namespace gateway

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    gateway::torture::DiskPlan disk;
    std::size_t at = 1;
    for (; at < words.size() && words[at] != "--"; ++at) {
        gateway::take_word(words[at], disk);
    }
    gateway::plan().counts = words.empty() ? nullptr : gateway::map_counts(words[0].c_str());
    if (gateway::plan().counts == nullptr || at >= words.size()) {
        std::cerr << "torture_gateway COUNTS [kill:…] [power] [full:N|sync:N|short:N] -- serve …\n";
        return 2;
    }
    gateway::torture::use_volatile_disk(disk);
    gateway::give_openssl_page_blocks();
    gateway::Terminal terminal{std::cin, std::cout, std::cerr};
    return static_cast<int>(gateway::run_cli(std::span(words).subspan(at + 1), terminal));
}
