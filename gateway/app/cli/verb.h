// What a verb of the command line is given and gives back. Data goes to `out`, talk to `err`; the
// streams are handed in so that tests can read them.
#pragma once

#include <functional>
#include <iosfwd>

namespace gateway {

struct Terminal {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
};

enum class ExitCode {
    done = 0,
    found_problems = 1,  // in the input: a fault in a message, a map, a configuration
    could_not_run = 2,   // wrong words, a missing file, a port in use
};

// What the parsed command line asks for; a verb's declaration fills it in.
using Command = std::function<ExitCode(Terminal&)>;

}  // namespace gateway
