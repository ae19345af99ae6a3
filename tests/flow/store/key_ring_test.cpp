#include "gateway/flow/store/key_ring.h"

#include <gmock/gmock.h>

#include "gateway/base/failure.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::HasSubstr;

std::string failure_of(const KeyRing& keys, const std::string& wrapped) {
    try {
        keys.unwrap(wrapped);
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.category(), Category::fault);
        return failure.internal();
    }
    return "unwrapped";
}

}  // namespace

TEST(KeyRing, UnwrapsWhatItWrapped) {
    const CipherKey key = CipherKey::random();
    const auto ring = keys_of("a");
    EXPECT_EQ(ring->unwrap(ring->wrap(key)).bytes(), key.bytes());
    EXPECT_EQ(ring->wrap(key).find(key.bytes()), std::string::npos);
}

TEST(KeyRing, WrapsUnderTheFirstKeyAndNamesIt) {
    const auto ring = keys_of("ba");
    EXPECT_EQ(ring->current(), keys_of("b")->current());
    EXPECT_EQ(KeyRing::master_of(ring->wrap(CipherKey::random())), ring->current());
    EXPECT_EQ(ring->ids(),
              (std::vector<std::string>{keys_of("b")->current(), keys_of("a")->current()}));
}

TEST(KeyRing, UnwrapsUnderAnOlderKey) {
    const CipherKey key = CipherKey::random();
    EXPECT_EQ(keys_of("ba")->unwrap(keys_of("a")->wrap(key)).bytes(), key.bytes());
}

TEST(KeyRing, NamesTheKeyThatIsMissing) {
    const std::string wrapped = keys_of("a")->wrap(CipherKey::random());
    EXPECT_THAT(failure_of(*keys_of("b"), wrapped), HasSubstr(keys_of("a")->current()));
}

TEST(KeyRing, UnwrapsNothingThatWasChanged) {
    const auto ring = keys_of("a");
    const std::string wrapped = ring->wrap(CipherKey::random());
    for (std::size_t i = 0; i < wrapped.size(); ++i) {
        std::string changed = wrapped;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_NE(failure_of(*ring, changed), "unwrapped") << "byte " << i;
        EXPECT_THAT(failure_of(*ring, wrapped.substr(0, i)), HasSubstr("does not open"))
            << "cut at " << i;
    }
}

TEST(KeyRing, NamesAKeyByItsContentAlone) {
    EXPECT_EQ(keys_of("a")->current(), keys_of("a")->current());
    EXPECT_NE(keys_of("a")->current(), keys_of("b")->current());
    EXPECT_EQ(keys_of("a")->current().size(), 16U);
}

TEST(KeyRing, ReadsAKeyAsOpensslPrintsIt) {
    const auto key = parse_master_key(std::string(62, '0') + "aF");
    ASSERT_TRUE(key);
    EXPECT_EQ(key->bytes(), std::string(31, '\0') + "\xaf");
    for (const std::string& text : {std::string(), std::string(63, '0'), std::string(65, '0'),
                                    std::string(63, '0') + "g", std::string(64, ' ')}) {
        EXPECT_FALSE(parse_master_key(text)) << text;
    }
}

}  // namespace gateway::test
