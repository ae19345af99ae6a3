// What a network benchmark sends and what it must get back. Every request bears a number of its
// own, and the right answer gives it back, so that a lost, doubled or swapped answer is seen.
// Values; judging is pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

inline constexpr std::size_t wire_number_digits = 16;

enum class AnswerStep { more, right, wrong };

struct Wire {
    // Judges all bytes of an answer that have come so far.
    using Judge = AnswerStep (*)(std::string_view answer, std::string_view request,
                                 std::string_view number);

    std::string request;        // with a number in it
    std::size_t number_at = 0;  // of the request
    Judge judge = nullptr;

    // The request with this number, and the number in it.
    void number(std::uint64_t value);
    std::string_view number() const;
};

// POST of a body that begins with the number; the answer is 200 with the number as its body.
Wire https_post_wire(std::size_t body_bytes);

// GET of the number; the answer is 200 with the number as its body.
Wire https_get_wire();

// A framed message that begins with the number; the answer is the same message.
Wire mllp_echo_wire(std::size_t message_bytes);

// What a wire's body or message holds behind its number.
std::string wire_filling(std::size_t bytes);

}  // namespace gateway
