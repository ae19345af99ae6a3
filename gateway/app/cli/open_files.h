// How many files and connections the process may have open at once, against what its settings allow
// to come in.
#pragma once

#include <cstdint>

#include "gateway/base/issue.h"
#include "gateway/base/settings/settings.h"

namespace gateway {

// At most so many descriptors: every connection, files of large bodies, deliveries, the rest.
std::uint64_t open_files_needed(const Settings& settings);

// As many as the system's administrator lets this process have (RLIMIT_NOFILE, soft up to hard).
void raise_open_files();

// A warning where even those are too few: connections would be refused before connections_max.
void check_open_files(const Settings& settings, Issues& issues);

}  // namespace gateway
