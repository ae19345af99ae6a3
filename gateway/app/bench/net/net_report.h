// How the figures of the network benchmarks are printed: lines for people, or JSON.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "gateway/app/bench/net/net_bench.h"

namespace gateway {

struct NamedFigure {
    std::string name;  // in JSON
    std::string title;
    NetFigure figure;
};

struct NetReport {
    std::string machine;
    NetLoad load;
    std::vector<NamedFigure> figures = {};
    // Of new connections, beside OpenSSL's alone: how many a second, and the server's processor
    // time by which the raw loop's is divided.
    double of_raw_connections = 0;
    double of_raw_server_cpu = 0;
    double share_of_others = 0;  // of all cores, during the run

    bool is_sound() const;
};

void print_text(const NetReport& report, std::ostream& out);
void print_json(const NetReport& report, std::ostream& out);

}  // namespace gateway
