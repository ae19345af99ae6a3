#include "gateway/format/hl7v2/delimiter_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gateway {

DelimiterScan::DelimiterScan(const Separators& separators) : separators_(separators) {
    for (std::size_t c = 0x80; c < classes_.size(); ++c) {
        classes_[c] = high;
    }
    const auto mark = [this](char c, std::uint8_t kind) {
        if (c != 0) {
            classes_[static_cast<unsigned char>(c)] = kind;
        }
    };
    mark(separators.field, field);
    mark(separators.component, component);
    mark(separators.repetition, repetition);
    mark(separators.subcomponent, subcomponent);
    mark(separators.escape, escape);
    mark('\r', segment_end);
    mark('\n', segment_end);
    classes_[0] = segment_end;
}

// Past whole blocks of 16 bytes without any delimiter and without bytes beyond ASCII.
const char* DelimiterScan::skip_plain(const char* at, const char* limit) const {
#ifdef __SSE2__
    const __m128i field_byte = _mm_set1_epi8(separators_.field);
    const __m128i component_byte = _mm_set1_epi8(separators_.component);
    const __m128i repetition_byte = _mm_set1_epi8(separators_.repetition);
    const __m128i subcomponent_byte = _mm_set1_epi8(separators_.subcomponent);
    const __m128i escape_byte = _mm_set1_epi8(separators_.escape);
    const __m128i last_control = _mm_set1_epi8('\r');
    while (limit - at >= 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        // Signed: bytes from 80 on are negative, so this finds controls up to CR and them.
        __m128i special = _mm_cmpgt_epi8(block, last_control);
        special = _mm_andnot_si128(special, _mm_set1_epi8(-1));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(block, field_byte));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(block, component_byte));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(block, repetition_byte));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(block, subcomponent_byte));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(block, escape_byte));
        if (_mm_movemask_epi8(special) != 0) {
            break;
        }
        at += 16;
    }
#endif
    return at;
}

}  // namespace gateway
