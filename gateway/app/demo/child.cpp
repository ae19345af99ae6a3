#include "gateway/app/demo/child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

constexpr std::chrono::seconds stop_grace{12};

// What the child does with its descriptors before it runs.
class SpawnActions {
public:
    SpawnActions() { posix_spawn_file_actions_init(&actions_); }

    ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }

    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    SpawnActions(SpawnActions&&) = delete;
    SpawnActions& operator=(SpawnActions&&) = delete;

    void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }

    void open_for_append(int to, const std::string& file) {
        posix_spawn_file_actions_addopen(&actions_, to, file.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                         0600);
    }

    const posix_spawn_file_actions_t* native() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw Failure(Category::unavailable, "no pipe to a child process could be had");
    }
    return ends;
}

int spawn(const std::string& program, const std::vector<std::string>& arguments,
          const SpawnActions& actions) {
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    pid_t process = -1;
    if (posix_spawn(&process, program.c_str(), actions.native(), nullptr, argv.data(), environ) !=
        0) {
        throw Failure(Category::unavailable, program + ": cannot be started");
    }
    return process;
}

}  // namespace

std::string own_program() {
    return std::filesystem::read_symlink("/proc/self/exe").string();
}

Child::Child(std::string name, const std::string& program,
             const std::vector<std::string>& arguments, const std::string& error_file)
    : name_(std::move(name)) {
    const auto input = make_pipe();
    const auto output = make_pipe();
    SpawnActions actions;
    actions.duplicate(input[0], STDIN_FILENO);
    actions.duplicate(output[1], STDOUT_FILENO);
    if (!error_file.empty()) {
        actions.open_for_append(STDERR_FILENO, error_file);
    }
    process_ = spawn(program, arguments, actions);
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    reader_ = std::jthread([this, descriptor = output[0]] { read_lines(descriptor); });
}

Child::~Child() {
    close(input_);
    kill(process_, SIGTERM);
    const auto patience = std::chrono::steady_clock::now() + stop_grace;
    while (waitpid(process_, nullptr, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > patience) {
            kill(process_, SIGKILL);
            waitpid(process_, nullptr, 0);
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

void Child::write_line(const std::string& line) {
    const std::string bytes = line + "\n";
    if (write(input_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
        throw Failure(Category::unavailable, name_ + " does not listen any more");
    }
}

void Child::read_lines(int descriptor) {
    std::string rest;
    std::array<char, 4096> room{};
    for (ssize_t got = 0; (got = read(descriptor, room.data(), room.size())) > 0;) {
        rest.append(room.data(), static_cast<std::size_t>(got));
        for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
            const std::lock_guard lock(mutex_);
            lines_.push_back(rest.substr(0, end));
            changed_.notify_all();
            rest.erase(0, end + 1);
        }
    }
    close(descriptor);
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
}

std::optional<std::string> Child::wait_for(const Wanted& wanted, std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    std::unique_lock lock(mutex_);
    while (true) {
        const auto found = std::ranges::find_if(lines_, wanted);
        if (found != lines_.end()) {
            std::string line = std::move(*found);
            lines_.erase(found);
            return line;
        }
        if (ended_ || changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
            return std::nullopt;
        }
    }
}

}  // namespace gateway
