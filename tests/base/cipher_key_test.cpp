#include "gateway/base/cipher_key.h"

#include <gtest/gtest.h>

#include <charconv>
#include <string>

#include "gateway/base/digest.h"

namespace gateway {
namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned int value = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        bytes += static_cast<char>(value);
    }
    return bytes;
}

std::string hex_of(const std::string& bytes) {
    return to_hex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

CipherKey key_of(char byte) {
    return CipherKey::of(std::string(CipherKey::size, byte)).value();
}

// The GCM specification (McGrew, Viega), appendix B, test cases 13, 14 and 16.
TEST(CipherKey, OpensThePublishedVectors) {
    const CipherKey zero = key_of('\0');
    const std::string no_nonce(12, '\0');
    EXPECT_EQ(zero.open(no_nonce + from_hex("530f8afbc74536b9a963b4f1c4cb738b"), ""), "");
    EXPECT_EQ(zero.open(no_nonce + from_hex("cea7403d4d606b6e074ec5d3baf39d18"
                                            "d0d1c8a799996bf0265b98b5d48ab919"),
                        ""),
              std::string(16, '\0'));
    const auto key =
        CipherKey::of(from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
    const auto plain =
        key.value().open(from_hex("cafebabefacedbaddecaf888"
                                  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                  "76fc6ece0f4e1768cddf8853bb2d551b"),
                         from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
    ASSERT_TRUE(plain);
    EXPECT_EQ(hex_of(*plain),
              "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
              "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
}

TEST(CipherKey, SealsAsThePublishedVectorSays) {
    EXPECT_EQ(hex_of(key_of('\0').seal(std::string(16, '\0'), "", 0)),
              "000000000000000000000000"
              "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(CipherKey, OpensWhatItSealed) {
    const CipherKey key = CipherKey::random();
    for (const std::string& plain :
         {std::string(), std::string("a\0b", 3), std::string(100'000, 'x')}) {
        EXPECT_EQ(key.open(key.seal(plain, "record", 7), "record"), plain);
        EXPECT_EQ(key.open(key.seal(plain, "record"), "record"), plain);
        EXPECT_EQ(key.seal(plain, "record").size(), plain.size() + CipherKey::overhead);
    }
}

TEST(CipherKey, OpensNothingThatWasChanged) {
    const CipherKey key = CipherKey::random();
    const std::string sealed = key.seal("the original", "record", 1);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(key.open(changed, "record")) << "byte " << i;
        EXPECT_FALSE(key.open(sealed.substr(0, i), "record")) << "cut at " << i;
    }
    EXPECT_FALSE(key.open(sealed, "another record"));
    EXPECT_FALSE(CipherKey::random().open(sealed, "record"));
}

TEST(CipherKey, UsesAnotherNonceForEachCount) {
    const CipherKey key = key_of('k');
    EXPECT_NE(key.seal("same", "", 1), key.seal("same", "", 2));
    EXPECT_NE(key.seal("same", ""), key.seal("same", ""));
}

TEST(CipherKey, IsThirtyTwoBytes) {
    EXPECT_FALSE(CipherKey::of(""));
    EXPECT_FALSE(CipherKey::of(std::string(31, 'x')));
    EXPECT_FALSE(CipherKey::of(std::string(33, 'x')));
    EXPECT_EQ(key_of('x').bytes(), std::string(32, 'x'));
    EXPECT_NE(CipherKey::random().bytes(), CipherKey::random().bytes());
}

TEST(CipherKey, AppliesOneStreamWhereverThePiecesBegin) {
    const CipherKey key = key_of('x');
    const std::string plain(1000, 'p');
    std::string whole = plain;
    key.apply_stream(whole, 0);
    EXPECT_NE(whole, plain);
    for (const std::size_t piece : {1UL, 15UL, 16UL, 17UL, 333UL}) {
        std::string joined;
        for (std::size_t at = 0; at < plain.size(); at += piece) {
            std::string part = plain.substr(at, piece);
            key.apply_stream(part, at);
            joined += part;
        }
        EXPECT_EQ(joined, whole) << piece;
    }
    key.apply_stream(whole, 0);
    EXPECT_EQ(whole, plain);
}

}  // namespace
}  // namespace gateway
