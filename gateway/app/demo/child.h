// A child process of the demo: one of this product's verbs. Its lines are read on a thread
// of their own and waited for by the demo. Ends with its owner: its standard input is closed, then
// it is asked to stop, then made to.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gateway {

// The program of this very process.
std::string own_program();

class Child final {
public:
    // Its errors go to the end of a file.
    Child(std::string name, const std::string& program, const std::vector<std::string>& arguments,
          const std::string& error_file);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;

    // To its standard input.
    void write_line(const std::string& line);

    using Wanted = std::function<bool(const std::string& line)>;

    // The first line, among those not yet given out by this call, that is wanted; nothing when time
    // is up or the process has ended.
    std::optional<std::string> wait_for(const Wanted& wanted, std::chrono::milliseconds time);

    const std::string& name() const { return name_; }

    // Its number, for /proc and signals.
    int process() const { return process_; }

private:
    void read_lines(int descriptor);

    std::string name_;
    int process_ = -1;
    int input_ = -1;
    std::mutex mutex_;  // guards lines_ and ended_
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    bool ended_ = false;
    std::jthread reader_;
};

}  // namespace gateway
