#include "gateway/base/digest.h"

#include <gtest/gtest.h>

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
