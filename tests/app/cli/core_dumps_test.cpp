#include "gateway/app/cli/core_dumps.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/scratch_folder.h"

namespace gateway {
namespace {

enum class Dumps { allowed, forbidden };

// What became of a process that crashed in `folder`, with as large a dump allowed as may be.
int crash_in(const std::string& folder, Dumps dumps) {
    const pid_t child = ::fork();
    if (child == 0) {
        rlimit limit{};
        ::getrlimit(RLIMIT_CORE, &limit);
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_CORE, &limit);
        const bool is_ready =
            ::chdir(folder.c_str()) == 0 && (dumps == Dumps::allowed || forbid_core_dumps());
        std::signal(SIGSEGV, SIG_DFL);
        if (is_ready) {
            ::raise(SIGSEGV);
        }
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

TEST(CoreDumps, AreNotWrittenOnceForbidden) {
    const ScratchFolder folder;
    const int status = crash_in(folder.path(), Dumps::forbidden);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
    EXPECT_FALSE(WCOREDUMP(status));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(CoreDumps, AreWhatTheSystemMakesOfThemWhereTheyAreAllowed) {
    const ScratchFolder folder;
    const int status = crash_in(folder.path(), Dumps::allowed);
    ASSERT_TRUE(WIFSIGNALED(status));
    // Whether this machine writes any: without one the test above shows less.
    RecordProperty("dumped", WCOREDUMP(status) ? 1 : 0);
}

TEST(CoreDumps, ForbidLooksIntoTheMemoryToo) {
    const pid_t child = ::fork();
    if (child == 0) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): how Linux has it
        ::_exit(forbid_core_dumps() && ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace gateway
