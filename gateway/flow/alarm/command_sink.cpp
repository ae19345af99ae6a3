#include "gateway/flow/alarm/command_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <system_error>
#include <utility>

#include "gateway/base/act.h"

namespace gateway {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 20ms;

std::string why(int error) {
    return std::system_category().message(error);
}

class Pipe final {
public:
    Pipe() : is_open_(::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) == 0) {}

    ~Pipe() {
        close_writing();
        if (is_open_) {
            ::close(ends_[0]);
        }
    }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    Pipe(Pipe&&) = delete;
    Pipe& operator=(Pipe&&) = delete;

    // All of it fits into the pipe itself (64 KiB), so nobody need read it yet.
    bool holds(const std::string& bytes) {
        const Act act(ActSite::alarm_text);
        return is_open_ &&
               ::write(ends_[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    }

    void close_writing() {
        if (is_open_ && ends_[1] >= 0) {
            ::close(ends_[1]);
            ends_[1] = -1;
        }
    }

    // The reader is an ordinary program, which expects to wait.
    bool make_reader_wait() const { return ::fcntl(ends_[0], F_SETFL, 0) == 0; }

    int reading() const { return ends_[0]; }

private:
    std::array<int, 2> ends_{-1, -1};
    bool is_open_;
};

// What the program starts with.
class SpawnPlan final {
public:
    explicit SpawnPlan(int input) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        posix_spawnattr_init(&attributes_);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes_, &signals);
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&attributes_, &signals);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }

    ~SpawnPlan() {
        posix_spawnattr_destroy(&attributes_);
        posix_spawn_file_actions_destroy(&actions_);
    }

    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    SpawnPlan(SpawnPlan&&) = delete;
    SpawnPlan& operator=(SpawnPlan&&) = delete;

    // 0, or why not.
    int start(std::vector<std::string> words, pid_t& process) const {
        std::vector<char*> argv;
        for (std::string& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        std::array<char*, 2> environment{path.data(), nullptr};
        const Act act(ActSite::alarm_command);
        return ::posix_spawn(&process, argv[0], &actions_, &attributes_, argv.data(),
                             environment.data());
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::optional<std::string> fault_of(int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return std::nullopt;
    }
    return WIFEXITED(status) ? fmt::format("the program ended with {}", WEXITSTATUS(status))
                             : fmt::format("the program was ended by signal {}", WTERMSIG(status));
}

}  // namespace

// Lives in its own timer until the program is gone.
class CommandSink::Run final : public std::enable_shared_from_this<Run> {
public:
    Run(Reactor& reactor, pid_t process, OnSent on_sent, std::chrono::milliseconds timeout)
        : reactor_(reactor),
          process_(process),
          on_sent_(std::move(on_sent)),
          looks_left_(timeout / between_looks) {}

    void look_later() {
        reactor_.after(between_looks, [self = shared_from_this()] { self->look(); });
    }

    void abandon() {
        on_sent_ = nullptr;
        ::kill(-process_, SIGKILL);
    }

private:
    void look() {
        int status = 0;
        const pid_t ended = ::waitpid(process_, &status, WNOHANG);
        if (ended != 0) {
            return tell(ended == process_ ? fault_of(status)
                                          : std::optional<std::string>("the program is lost"));
        }
        if (--looks_left_ == 0) {
            ::kill(-process_, SIGKILL);
            tell("the program hung and was killed");
        }
        look_later();
    }

    void tell(std::optional<std::string> fault) {
        if (const OnSent told = std::exchange(on_sent_, nullptr)) {
            told(std::move(fault));
        }
    }

    Reactor& reactor_;
    pid_t process_;  // and the number of its group
    OnSent on_sent_;
    std::int64_t looks_left_;
};

CommandSink::CommandSink(Reactor& reactor, std::vector<std::string> command,
                         std::chrono::milliseconds timeout)
    : reactor_(reactor), command_(std::move(command)), timeout_(timeout) {
}

CommandSink::~CommandSink() {
    if (const auto run = run_.lock()) {
        run->abandon();
    }
}

void CommandSink::send(const Notice& notice, OnSent on_sent) {
    Pipe input;
    pid_t process = -1;
    std::string fault;
    if (!input.holds(notice_json(notice) + "\n") || !input.make_reader_wait()) {
        fault = "no pipe to the program: " + why(errno);
    } else if (const int error = SpawnPlan(input.reading()).start(command_, process); error != 0) {
        fault = fmt::format("{} cannot be started: {}", command_.front(), why(error));
    }
    if (!fault.empty()) {
        reactor_.post([told = std::move(on_sent), fault] { told(fault); });
        return;
    }
    const auto run = std::make_shared<Run>(reactor_, process, std::move(on_sent), timeout_);
    run_ = run;
    run->look_later();
}

}  // namespace gateway
