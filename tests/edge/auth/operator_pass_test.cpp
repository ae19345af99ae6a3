#include "gateway/edge/auth/operator_pass.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "gateway/base/failure.h"
#include "tests/support/scratch_folder.h"

namespace gateway {
namespace {

TEST(OperatorPass, IsReadBackAndForItsOwnerOnly) {
    const ScratchFolder folder;
    const std::string file = operator_pass_file(folder.file("store.db"));
    std::ofstream(file) << "old";  // of a process that was killed, with the mode of then
    write_operator_pass(file, {"127.0.0.1", 9464, "secret"});
    const OperatorPass pass = read_operator_pass(file);
    EXPECT_EQ(pass.host, "127.0.0.1");
    EXPECT_EQ(pass.port, 9464);
    EXPECT_EQ(pass.secret, "secret");

    struct stat status {};

    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(OperatorPass, IsNotReadFromAnotherFile) {
    const ScratchFolder folder;
    const std::string file = folder.file("pass");
    std::ofstream(file) << "127.0.0.1\n";
    EXPECT_THROW(read_operator_pass(file), Failure);
    EXPECT_THROW(read_operator_pass(folder.file("none")), Failure);
}

TEST(OperatorPass, IsShownWholeOrNotAtAll) {
    EXPECT_TRUE(shows_pass("Bearer secret", "secret"));
    for (const char* wrong : {"", "secret", "Bearer ", "Bearer secre", "Bearer secret ",
                              "bearer secret", "Basic secret"}) {
        EXPECT_FALSE(shows_pass(wrong, "secret")) << wrong;
    }
    EXPECT_FALSE(shows_pass("Bearer ", "")) << "a listener without a secret lets nobody in";
}

}  // namespace
}  // namespace gateway
