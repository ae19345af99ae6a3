#include "gateway/base/digest.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/ids.h"

namespace gateway {
namespace {

TEST(Digest, HashesAsFips180) {
    EXPECT_EQ(to_hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, HashesPartsAsTheirSum) {
    EXPECT_EQ(sha256({"a", "", "bc"}), sha256("abc"));
}

TEST(Digest, KeysAHashAsRfc4231) {
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 4231 §4.2, §4.4 and §4.7: a short key, one with a high bit, one longer than a block.
TEST(Digest, KeysAHashAsRfc4231Says) {
    EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// Around the length of a block; expected values by Python's hmac.
TEST(Digest, KeysAHashWithKeysOfEveryLength) {
    const std::vector<std::pair<std::size_t, std::string>> expected{
        {1, "d723bee6ce5a1f5189aa47438251b2474a7181374445429267b39e3385702c0d"},
        {63, "288f2603be96f22b1a36f93d01bbcf8bd19408f98508786d2bf2c030faa319e6"},
        {64, "0e3d782534438f2ba28ba216683d2f40296deda86d156a0dc40365d94a966c88"},
        {65, "e9790f0d3ce3a1caf8304cabd79404a8e3cb72dc1a5270b03e22e3f76d14ec96"},
        {200, "06003659bdedd51a376c07a20385c9c60d142dd453bec468a3e691491a0968f6"},
    };
    for (const auto& [length, digest] : expected) {
        EXPECT_EQ(to_hex(hmac_sha256(std::string(length, 'k'), std::string(3 * length, 't'))),
                  digest)
            << length;
    }
}

TEST(Digest, RoundTripsBase64OfEveryLength) {
    for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
        EXPECT_EQ(from_base64(to_base64(text)), text);
    }
    EXPECT_EQ(from_base64("Zm9v\r\n YmFy"), "foobar");
}

TEST(Digest, RefusesWhatIsNotBase64) {
    for (const char* text : {"Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9*", "====", "=m9v"}) {
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
    }
}

TEST(Ids, AreVersion4Uuids) {
    RandomIds ids;
    const std::string id = ids.uuid();
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(id, ids.uuid());
}

TEST(Clock, WritesFhirInstants) {
    EXPECT_EQ(to_fhir_instant(Instant{std::chrono::microseconds{1'706'707'697'239'000}}),
              "2024-01-31T13:28:17.239Z");
}

}  // namespace
}  // namespace gateway
