#include "gateway/flow/backup/manifest.h"

#include <gmock/gmock.h>

#include "gateway/base/failure.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

BackupManifest example() {
    return {.made = "2026-01-31T13:28:17.239Z",
            .mark = {.schema = 3,
                     .messages = 12,
                     .changes = 40,
                     .audit_records = 55,
                     .audit_last = sha256("last")},
            .bytes = 4096,
            .digest = sha256("file")};
}

Category refusal(const std::string& text, std::string_view letters = "a") {
    try {
        read_manifest(text, *keys_of(letters));
    } catch (const Failure& failure) {
        return failure.category();
    }
    ADD_FAILURE() << "taken: " << text;
    return Category::fault;
}

}  // namespace

TEST(BackupManifest, IsReadAsItWasWritten) {
    const std::string text = sealed_manifest(example(), *keys_of("a"));
    EXPECT_EQ(read_manifest(text, *keys_of("a")), example());
    // Made before the key was changed.
    EXPECT_EQ(read_manifest(text, *keys_of("ba")), example());
}

TEST(BackupManifest, IsRefusedOnceAnyByteIsChanged) {
    const std::string text = sealed_manifest(example(), *keys_of("a"));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_THROW(read_manifest(changed, *keys_of("a")), Failure) << i;
        EXPECT_THROW(read_manifest(text.substr(0, i), *keys_of("a")), Failure) << i;
    }
}

TEST(BackupManifest, NamesTheKeyThatSealedIt) {
    const std::string text = sealed_manifest(example(), *keys_of("a"));
    EXPECT_EQ(refusal(text, "b"), Category::unavailable);
    EXPECT_EQ(refusal("something else\n"), Category::invalid);
    EXPECT_EQ(refusal(text + "more\n"), Category::invalid);
}

}  // namespace gateway::test
