// Programs of other people, run by tests. One that is missing fails the test: a peer that is not
// there must never look like one that agrees.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/app/demo/child.h"

namespace gateway {

// Also below sbin, which is not on everybody's PATH. Throws std::runtime_error, with what to do,
// where it is not installed.
std::string program_path(const std::string& name);

// Node 22 of node_modules, which the HL7 peers need.
std::string node_path();

// A server, up on return and gone with its owner, or with this process. Its errors go to the file
// `log`; throws std::runtime_error with them where it does not come up.
std::unique_ptr<Child> start_foreign_server(const std::string& name,
                                            const std::vector<std::string>& arguments,
                                            const std::string& log,
                                            const std::function<bool()>& is_up);

struct CommandResult {
    int status = -1;     // as of exit(); 124 where it took too long
    std::string output;  // both streams
};

// The peers of tests/interop/peers write a line of JSON for each event, its name first: what waits
// for one, and a text of such a line.
Child::Wanted peer_event(const std::string& name);
std::string peer_text(const std::string& line, std::string_view name);

// Runs a line of the shell to its end.
CommandResult run_command(const std::string& line,
                          std::chrono::seconds patience = std::chrono::seconds(30));

// One word for the shell.
std::string quoted(const std::string& word);

}  // namespace gateway
