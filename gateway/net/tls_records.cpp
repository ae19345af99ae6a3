#include "gateway/net/tls_records.h"

#include <algorithm>

namespace gateway {

namespace {

constexpr std::size_t record_head = 5;   // type, version, length
constexpr std::size_t message_head = 4;  // type, length

constexpr std::size_t change_cipher_spec = 20;
constexpr std::size_t handshake = 22;
constexpr std::size_t heartbeat = 24;
constexpr std::size_t client_hello = 1;

// RFC 5246 §6.2.3: what TLS 1.2 allows, and TLS 1.3 not even that.
constexpr std::size_t payload_bytes_max = (1UL << 14) + 2'048;

std::size_t number_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

// Collects the head of the first message from the pieces that records carry.
struct MessageHead {
    std::size_t seen = 0;
    std::size_t length = 0;
    bool is_greeting = true;

    void take(std::string_view piece) {
        for (std::size_t i = 0; i < piece.size() && seen < message_head; ++i, ++seen) {
            const std::size_t number = number_at(piece, i);
            if (seen == 0) {
                is_greeting = number == client_hello;
            } else {
                length = length * 256 + number;
            }
        }
    }

    bool is_known() const { return seen == message_head; }

    bool is_huge() const { return is_known() && length + message_head > greeting_bytes_max; }
};

}  // namespace

RecordEnd end_of_record(std::string_view bytes) {
    if (bytes.empty()) {
        return {RecordStep::more};
    }
    const std::size_t type = number_at(bytes, 0);
    if (type < change_cipher_spec || type > heartbeat) {
        return {RecordStep::foreign};
    }
    if (bytes.size() < record_head) {
        return {RecordStep::more};
    }
    const std::size_t payload = number_at(bytes, 3) * 256 + number_at(bytes, 4);
    if (number_at(bytes, 1) != 3 || payload > payload_bytes_max) {
        return {RecordStep::foreign};
    }
    const std::size_t size = record_head + payload;
    return bytes.size() < size ? RecordEnd{RecordStep::more} : RecordEnd{RecordStep::whole, size};
}

bool begins_handshake_record(std::string_view bytes) {
    return !bytes.empty() && number_at(bytes, 0) == handshake;
}

RecordEnd end_of_greeting(std::string_view bytes) {
    MessageHead head;
    std::size_t payload = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::string_view rest = bytes.substr(at);
        const RecordEnd record = end_of_record(rest);
        if (record.step == RecordStep::foreign || !begins_handshake_record(rest)) {
            return {RecordStep::foreign};
        }
        const bool is_empty = record.step == RecordStep::whole && record.size == record_head;
        const std::size_t there = record.step == RecordStep::whole ? record.size : rest.size();
        const std::string_view piece = rest.substr(0, there).substr(std::min(record_head, there));
        head.take(piece);
        payload += piece.size();
        at += there;
        if (!head.is_greeting) {
            return {RecordStep::foreign};
        }
        if (is_empty || head.is_huge() || at > 2 * greeting_bytes_max) {
            return {RecordStep::huge};
        }
        const bool ends = head.is_known() && payload >= head.length + message_head;
        if (record.step == RecordStep::whole && ends) {
            return {RecordStep::whole, at};
        }
    }
    return {RecordStep::more};
}

}  // namespace gateway
