#include "gateway/net/tls_records.h"

#include <gtest/gtest.h>

#include <string>

namespace gateway {
namespace {

std::string record(char type, const std::string& payload) {
    return std::string{type, 3, 1, static_cast<char>(payload.size() / 256),
                       static_cast<char>(payload.size() % 256)} +
           payload;
}

// A ClientHello that says `length` and has `size` bytes.
std::string greeting(std::size_t length, std::size_t size) {
    return std::string{1, static_cast<char>(length >> 16), static_cast<char>(length >> 8),
                       static_cast<char>(length)} +
           std::string(size, 'x');
}

constexpr char handshake = 22;

void expect_end(const RecordEnd& end, RecordStep step, std::size_t size = 0) {
    EXPECT_EQ(end.step, step);
    EXPECT_EQ(end.size, size);
}

TEST(TlsRecords, EndWhereTheirHeadSays) {
    const std::string bytes = record(23, "letter") + record(23, "another");
    for (std::size_t size = 0; size < 11; ++size) {
        expect_end(end_of_record(bytes.substr(0, size)), RecordStep::more);
    }
    expect_end(end_of_record(bytes.substr(0, 11)), RecordStep::whole, 11);
    expect_end(end_of_record(bytes), RecordStep::whole, 11);
}

TEST(TlsRecords, MayBeEmpty) {
    expect_end(end_of_record(record(23, "")), RecordStep::whole, 5);
}

TEST(TlsRecords, AreToldFromOtherProtocolsByTheFirstByte) {
    for (const char* foreign : {"G", "\x80\x2e\x01", "SSH-2.0", "\x0b", "\x13", "\x19"}) {
        expect_end(end_of_record(foreign), RecordStep::foreign);
    }
}

TEST(TlsRecords, OfAnotherVersionOrSizeAreForeign) {
    expect_end(end_of_record({"\x16\x02\x00\x00\x01", 5}), RecordStep::foreign);
    expect_end(end_of_record({"\x17\x03\x03\x48\x00", 5}), RecordStep::more);
    expect_end(end_of_record({"\x17\x03\x03\x48\x01", 5}), RecordStep::foreign);
}

TEST(TlsGreeting, EndsWithItsRecord) {
    const std::string bytes = record(handshake, greeting(300, 300));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        expect_end(end_of_greeting(bytes.substr(0, size)), RecordStep::more);
    }
    expect_end(end_of_greeting(bytes), RecordStep::whole, bytes.size());
    expect_end(end_of_greeting(bytes + record(20, "\x01")), RecordStep::whole, bytes.size());
}

TEST(TlsGreeting, MayLieInManyRecords) {
    std::string bytes;
    for (const char one : greeting(300, 300)) {
        expect_end(end_of_greeting(bytes), RecordStep::more);
        bytes += record(handshake, {one});
    }
    expect_end(end_of_greeting(bytes), RecordStep::whole, bytes.size());
}

TEST(TlsGreeting, IsRefusedByTheSizeThatItSays) {
    const std::size_t most = greeting_bytes_max - 4;
    expect_end(end_of_greeting(record(handshake, greeting(most, 0))), RecordStep::more);
    expect_end(end_of_greeting(record(handshake, greeting(most + 1, 0))), RecordStep::huge);
    expect_end(end_of_greeting(record(handshake, greeting(0x20000, 0))), RecordStep::huge);
}

TEST(TlsGreeting, IsRefusedWhereItsRecordsAreMostlyHeads) {
    std::string bytes;
    while (bytes.size() <= 2 * greeting_bytes_max) {
        expect_end(end_of_greeting(bytes), RecordStep::more);
        bytes += record(handshake, bytes.empty() ? greeting(15'000, 0) : "x");
    }
    expect_end(end_of_greeting(bytes), RecordStep::huge);
    expect_end(end_of_greeting(record(handshake, "")), RecordStep::huge);
}

TEST(TlsGreeting, IsNothingElse) {
    expect_end(end_of_greeting(record(23, "letter")), RecordStep::foreign);
    expect_end(end_of_greeting(record(21, "\x02\x28")), RecordStep::foreign);
    expect_end(end_of_greeting(record(handshake, {"\x02\x00\x00\x01", 4})), RecordStep::foreign);
    expect_end(end_of_greeting(record(handshake, {"\x01\x00", 2}) + record(23, "x")),
               RecordStep::foreign);
}

}  // namespace
}  // namespace gateway
