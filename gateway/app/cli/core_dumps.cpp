#include "gateway/app/cli/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace gateway {

// The limit alone does not hold where the system pipes dumps to a program (core(5)).
bool forbid_core_dumps() {
    const rlimit none{0, 0};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): how Linux has it
    return ::setrlimit(RLIMIT_CORE, &none) == 0 && ::prctl(PR_SET_DUMPABLE, 0) == 0;
}

}  // namespace gateway
