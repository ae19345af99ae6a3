#include "gateway/format/json/text_sink.h"

#include <array>

#ifdef __SSE2__
#include <emmintrin.h>

#include <bit>
#endif

namespace gateway {

namespace {

// What follows the backslash; 'u' for a control character without a short form, 0 for none.
constexpr std::array<char, 256> make_escapes() {
    std::array<char, 256> escapes{};
    for (std::size_t c = 0; c < 0x20; ++c) {
        escapes[c] = 'u';
    }
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    escapes['\b'] = 'b';
    escapes['\f'] = 'f';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
    return escapes;
}

constexpr std::array<char, 256> escapes = make_escapes();
constexpr std::size_t escaped_size_max = 6;  // \u001f

char* put_escaped(char* to, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(c);
    *to++ = '\\';
    *to++ = escapes[code];
    if (escapes[code] == 'u') {
        *to++ = '0';
        *to++ = '0';
        *to++ = digits[code >> 4U];
        *to++ = digits[code & 0xFU];
    }
    return to;
}

// Copies up to the first byte that needs an escape; returns how many bytes it copied. May write
// (never count) up to 15 bytes more than that.
std::size_t copy_plain(const char* from, std::size_t size, char* to) {
    std::size_t done = 0;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1F);
    while (size - done >= 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + done));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + done), block);
        const __m128i controls = _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control);
        const __m128i special = _mm_or_si128(
            controls, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
        if (mask != 0) {
            return done + static_cast<std::size_t>(std::countr_zero(mask));
        }
        done += 16;
    }
#endif
    while (done < size && escapes[static_cast<unsigned char>(from[done])] == 0) {
        to[done] = from[done];
        ++done;
    }
    return done;
}

}  // namespace

void put_json_string(TextSink& sink, std::string_view text) {
    constexpr std::size_t slack = 16;
    sink.put('"');
    std::size_t at = 0;
    while (at < text.size()) {
        char* to = sink.room(text.size() - at + slack + escaped_size_max);
        const std::size_t plain = copy_plain(text.data() + at, text.size() - at, to);
        at += plain;
        char* end = to + plain;
        if (at < text.size()) {
            end = put_escaped(end, text[at]);
            ++at;
        }
        sink.commit(static_cast<std::size_t>(end - to));
    }
    sink.put('"');
}

}  // namespace gateway
