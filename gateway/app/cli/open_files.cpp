#include "gateway/app/cli/open_files.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace gateway {

namespace {

// Store, log, reactors, the operator's listener.
constexpr std::uint64_t others = 256;
constexpr std::uint64_t connections_to_a_partner = 4;

}  // namespace

std::uint64_t open_files_needed(const Settings& settings) {
    const LimitSettings& limits = settings.limits;
    const std::uint64_t listeners =
        (settings.listen.mllp.enabled() ? 1U : 0U) + (settings.listen.https.enabled() ? 1U : 0U);
    const std::uint64_t connections = listeners * limits.connections_max;
    const std::uint64_t files = std::min(connections, limits.spill_bytes_max / limits.spill_above);
    return connections + files + settings.partners.size() * connections_to_a_partner + others;
}

void raise_open_files() {
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);  // where that fails, check_open_files tells
    }
}

void check_open_files(const Settings& settings, Issues& issues) {
    rlimit limit = {};
    const std::uint64_t needed = open_files_needed(settings);
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) {
        return;
    }
    issues.add({.severity = Severity::warning,
                .code = "business-rule",
                .path = "limits.connections_max",
                .text = fmt::format("up to {} files and connections may be open at once, and this "
                                    "process may have {}: raise the hard limit (LimitNOFILE= of "
                                    "its systemd unit, or ulimit -Hn) or lower connections_max",
                                    needed, limit.rlim_cur),
                .source = settings.file});
}

}  // namespace gateway
