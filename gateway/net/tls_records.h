// TLS records as they lie on the wire: where the first of some bytes ends, and where the greeting
// (ClientHello) that they begin with does, which may lie in several. Nothing is decrypted. Pure.
// Spec: RFC 8446 §5.1 (records), §4 and §4.1.2 (the greeting); alike in RFC 5246.
#pragma once

#include <cstddef>
#include <string_view>

namespace gateway {

// Clients send some 250 to 2,000 bytes. OpenSSL makes room at once for what a greeting announces.
constexpr std::size_t greeting_bytes_max = 16'000;

enum class RecordStep {
    more,     // it is not all there
    whole,    // `size` bytes, its head included
    foreign,  // no TLS at all, or none that may stand here
    huge,     // a greeting beyond greeting_bytes_max, or in records that are mostly heads
};

struct RecordEnd {
    RecordStep step = RecordStep::more;
    std::size_t size = 0;
};

RecordEnd end_of_record(std::string_view bytes);

// `whole` with the records that the greeting is in.
RecordEnd end_of_greeting(std::string_view bytes);

// The first byte says that a record of handshake messages in the clear begins.
bool begins_handshake_record(std::string_view bytes);

}  // namespace gateway
