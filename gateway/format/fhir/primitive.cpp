#include "gateway/format/fhir/primitive.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "gateway/format/fhir/scanner.h"

namespace gateway {

namespace {

constexpr std::size_t primitive_count = 20;

struct Named {
    Primitive primitive;
    std::string_view name;
};

constexpr std::array<Named, primitive_count> named = {{
    {Primitive::base64_binary, "base64Binary"},
    {Primitive::boolean, "boolean"},
    {Primitive::canonical, "canonical"},
    {Primitive::code, "code"},
    {Primitive::date, "date"},
    {Primitive::date_time, "dateTime"},
    {Primitive::decimal, "decimal"},
    {Primitive::id, "id"},
    {Primitive::instant, "instant"},
    {Primitive::integer, "integer"},
    {Primitive::markdown, "markdown"},
    {Primitive::oid, "oid"},
    {Primitive::positive_int, "positiveInt"},
    {Primitive::string, "string"},
    {Primitive::time, "time"},
    {Primitive::unsigned_int, "unsignedInt"},
    {Primitive::uri, "uri"},
    {Primitive::url, "url"},
    {Primitive::uuid, "uuid"},
    {Primitive::xhtml, "xhtml"},
}};

using Fault = std::optional<std::string>;

constexpr std::string_view no_fault{};

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// --- numbers

// A whole number without leading zeros, whose size does not go beyond 2^31 - 1.
bool is_whole(std::string_view text, std::string_view size_max) {
    const bool plain = !text.empty() && std::ranges::all_of(text, is_digit) &&
                       (text.size() == 1 || text[0] != '0');
    return plain &&
           (text.size() < size_max.size() || (text.size() == size_max.size() && text <= size_max));
}

std::string_view integer_fault(std::string_view text) {
    constexpr std::string_view positive_max = "2147483647";
    constexpr std::string_view negative_max = "2147483648";
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(static_cast<std::size_t>(negative));
    return is_whole(digits, negative ? negative_max : positive_max)
               ? no_fault
               : "an integer is a whole number from -2147483648 to 2147483647 without leading "
                 "zeros";
}

std::string_view unsigned_fault(std::string_view text) {
    return is_whole(text, "2147483647")
               ? no_fault
               : "an unsignedInt is a whole number from 0 to 2147483647 without sign or leading "
                 "zeros";
}

std::string_view positive_fault(std::string_view text) {
    return is_whole(text, "2147483647") && text != "0"
               ? no_fault
               : "a positiveInt is a whole number from 1 to 2147483647 without sign or leading "
                 "zeros";
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_decimal(std::string_view text) {
    Scanner scanner(text);
    scanner.take('-');
    if (!scanner.take('0') && scanner.digits() == 0) {
        return false;
    }
    if (scanner.take('.') && scanner.digits() == 0) {
        return false;
    }
    if (scanner.take('e') || scanner.take('E')) {
        if (!scanner.take('+')) {
            scanner.take('-');
        }
        if (scanner.digits() == 0) {
            return false;
        }
    }
    return scanner.at_end();
}

// --- times

int days_in_month(int year, int month) {
    constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

enum class DatePrecision { none, year, month, day };

// YYYY, YYYY-MM or YYYY-MM-DD of a day that exists.
DatePrecision scan_date(Scanner& scanner) {
    const auto year = scanner.number(4);
    if (!year || *year == 0) {
        return DatePrecision::none;
    }
    if (!scanner.take('-')) {
        return DatePrecision::year;
    }
    const auto month = scanner.number(2);
    if (!month || *month < 1 || *month > 12) {
        return DatePrecision::none;
    }
    if (!scanner.take('-')) {
        return DatePrecision::month;
    }
    const auto day = scanner.number(2);
    return day && *day >= 1 && *day <= days_in_month(*year, *month) ? DatePrecision::day
                                                                    : DatePrecision::none;
}

// hh:mm:ss with any fraction; 60 is a leap second.
bool scan_clock(Scanner& scanner) {
    const auto within = [&scanner](int max) {
        const auto number = scanner.number(2);
        return number && *number <= max;
    };
    if (!within(23) || !scanner.take(':') || !within(59) || !scanner.take(':') || !within(60)) {
        return false;
    }
    return !scanner.take('.') || scanner.digits() > 0;
}

// Z or an offset up to 14:00.
bool scan_zone(Scanner& scanner) {
    if (scanner.take('Z')) {
        return true;
    }
    if (!scanner.take('+') && !scanner.take('-')) {
        return false;
    }
    const auto hours = scanner.number(2);
    const bool colon = scanner.take(':');
    const auto minutes = scanner.number(2);
    return hours && colon && minutes && *minutes <= 59 &&
           (*hours < 14 || (*hours == 14 && *minutes == 0));
}

std::string_view date_fault(std::string_view text) {
    Scanner scanner(text);
    return scan_date(scanner) != DatePrecision::none && scanner.at_end()
               ? no_fault
               : "a date is YYYY, YYYY-MM or YYYY-MM-DD of a day that exists";
}

std::string_view date_time_fault(std::string_view text) {
    constexpr std::string_view fault =
        "a dateTime is YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone (Z or +hh:mm), "
        "of a time that exists";
    Scanner scanner(text);
    const DatePrecision precision = scan_date(scanner);
    if (precision == DatePrecision::none) {
        return fault;
    }
    if (scanner.at_end()) {
        return no_fault;
    }
    const bool timed = precision == DatePrecision::day && scanner.take('T') &&
                       scan_clock(scanner) && scan_zone(scanner);
    return timed && scanner.at_end() ? no_fault : fault;
}

std::string_view instant_fault(std::string_view text) {
    Scanner scanner(text);
    const bool whole = scan_date(scanner) == DatePrecision::day && scanner.take('T') &&
                       scan_clock(scanner) && scan_zone(scanner) && scanner.at_end();
    return whole ? no_fault
                 : "an instant is YYYY-MM-DDThh:mm:ss with a zone (Z or +hh:mm), of a time that "
                   "exists";
}

std::string_view time_fault(std::string_view text) {
    Scanner scanner(text);
    return scan_clock(scanner) && scanner.at_end()
               ? no_fault
               : "a time is hh:mm:ss, with a fraction if wanted, without a zone";
}

// --- texts

bool has_forbidden_control(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && !is_space(c); });
}

std::string_view string_fault(std::string_view text) {
    constexpr std::size_t size_max = std::size_t{1} << 20;
    if (text.empty()) {
        return "a text must not be empty; leave the element out";
    }
    if (has_forbidden_control(text)) {
        return "a text holds a control character other than tab, line feed and carriage return; "
               "remove it";
    }
    // R4 counts characters; a text of fewer bytes has fewer of them.
    const auto continuation = [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    };
    if (text.size() > size_max &&
        text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continuation)) >
            size_max) {
        return "a text is longer than 1048576 characters; send it as an attachment";
    }
    return no_fault;
}

// [^\s]+(\s[^\s]+)*
std::string_view code_fault(std::string_view text) {
    constexpr std::string_view fault =
        "a code has no white space at its ends and only single spaces inside; trim it";
    if (text.empty() || is_space(text.front()) || is_space(text.back())) {
        return fault;
    }
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (is_space(text[i]) && is_space(text[i - 1])) {
            return fault;
        }
    }
    return has_forbidden_control(text) ? fault : no_fault;
}

std::string_view id_fault(std::string_view text) {
    constexpr std::size_t size_max = 64;
    const bool formed =
        !text.empty() && text.size() <= size_max && std::ranges::all_of(text, [](char c) {
            return is_alphanumeric(c) || c == '-' || c == '.';
        });
    return formed ? no_fault : "an id has 1 to 64 letters, digits, hyphens and dots, nothing else";
}

std::string_view uri_fault(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, is_space) && !has_forbidden_control(text)
               ? no_fault
               : "a uri has no white space and is not empty; write spaces as %20";
}

// urn:oid:[0-2](\.(0|[1-9][0-9]*))+
std::string_view oid_fault(std::string_view text) {
    constexpr std::string_view fault =
        "an oid is urn:oid: and numbers with dots between, such as urn:oid:1.2.36";
    constexpr std::string_view prefix = "urn:oid:";
    if (!text.starts_with(prefix)) {
        return fault;
    }
    Scanner scanner(text.substr(prefix.size()));
    if (!scanner.take('0') && !scanner.take('1') && !scanner.take('2')) {
        return fault;
    }
    std::size_t arcs = 0;
    while (scanner.take('.')) {
        if (!scanner.take('0') && scanner.digits() == 0) {
            return fault;
        }
        ++arcs;
    }
    return arcs > 0 && scanner.at_end() ? no_fault : fault;
}

std::string_view uuid_fault(std::string_view text) {
    constexpr std::string_view fault =
        "a uuid is urn:uuid: and 8-4-4-4-12 lower-case hexadecimal digits";
    constexpr std::string_view shape = "urn:uuid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != shape.size()) {
        return fault;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool hex = is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
        if (shape[i] == 'x' && i > 8 ? !hex : text[i] != shape[i]) {
            return fault;
        }
    }
    return no_fault;
}

enum class Base64 : std::uint8_t { foreign, digit, padding, space };

constexpr std::array<Base64, 256> base64_table() {
    std::array<Base64, 256> table{};
    for (const char c : std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789+/"}) {
        table[static_cast<unsigned char>(c)] = Base64::digit;
    }
    for (const char c : std::string_view{" \t\r\n"}) {
        table[static_cast<unsigned char>(c)] = Base64::space;
    }
    table['='] = Base64::padding;
    return table;
}

// How many bytes from the front, in whole blocks of 16, are base64 digits.
std::size_t digit_blocks(std::string_view text) {
    std::size_t at = 0;
#ifdef __SSE2__
    for (; text.size() - at >= 16; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const auto between = [](__m128i bytes, char first, char last) {
            return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(first - 1))),
                                 _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(last + 1))));
        };
        const __m128i lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
        const __m128i alphanumeric =
            _mm_or_si128(between(lower, 'a', 'z'), between(block, '0', '9'));
        const __m128i sign = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('+')),
                                          _mm_cmpeq_epi8(block, _mm_set1_epi8('/')));
        if (_mm_movemask_epi8(_mm_or_si128(alphanumeric, sign)) != 0xFFFF) {
            break;
        }
    }
#endif
    return at;
}

// RFC 4648 §4 with padding; white space may stand anywhere.
std::string_view base64_fault(std::string_view text) {
    constexpr std::string_view fault =
        "a base64Binary is groups of four letters, digits, + and /, filled up with = at the end";
    static constexpr std::array<Base64, 256> table = base64_table();
    std::array<std::size_t, 4> counts{};
    const auto count_of = [&counts](Base64 kind) -> std::size_t& {
        return counts[static_cast<std::size_t>(kind)];
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t plain = digit_blocks(text.substr(at));
        at += plain;
        const Base64 kind =
            at < text.size() ? table[static_cast<unsigned char>(text[at])] : Base64::space;
        if (count_of(Base64::padding) > 0 && (plain > 0 || kind == Base64::digit)) {
            return fault;
        }
        count_of(Base64::digit) += plain;
        ++count_of(kind);
    }
    const std::size_t digits = count_of(Base64::digit);
    const std::size_t padding = count_of(Base64::padding);
    const bool filled = digits > 0 && padding <= 2 && (digits + padding) % 4 == 0;
    return filled && count_of(Base64::foreign) == 0 ? no_fault : fault;
}

// Only the frame: what stands inside is the validator's (R4 narrative.html).
std::string_view xhtml_fault(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    const bool opens = text.starts_with("<div") && text.size() > 4 &&
                       (is_space(text[4]) || text[4] == '>' || text[4] == '/');
    return opens ? no_fault : "an xhtml narrative is one div element; begin with <div";
}

std::string_view fault_words(Primitive primitive, std::string_view text) {
    switch (primitive) {
        case Primitive::base64_binary:
            return base64_fault(text);
        case Primitive::boolean:
            return text == "true" || text == "false" ? no_fault : "a boolean is true or false";
        case Primitive::canonical:
        case Primitive::uri:
        case Primitive::url:
            return uri_fault(text);
        case Primitive::code:
            return code_fault(text);
        case Primitive::date:
            return date_fault(text);
        case Primitive::date_time:
            return date_time_fault(text);
        case Primitive::decimal:
            return is_decimal(text) ? no_fault
                                    : "a decimal is a number such as -12.50 or 1e3, without "
                                      "leading zeros or plus sign";
        case Primitive::id:
            return id_fault(text);
        case Primitive::instant:
            return instant_fault(text);
        case Primitive::integer:
            return integer_fault(text);
        case Primitive::markdown:
        case Primitive::string:
            return string_fault(text);
        case Primitive::oid:
            return oid_fault(text);
        case Primitive::positive_int:
            return positive_fault(text);
        case Primitive::time:
            return time_fault(text);
        case Primitive::unsigned_int:
            return unsigned_fault(text);
        case Primitive::uuid:
            return uuid_fault(text);
        case Primitive::xhtml:
            return xhtml_fault(text);
    }
    throw std::logic_error("unknown primitive");
}

}  // namespace

std::optional<Primitive> primitive_of(std::string_view type_name) {
    const auto* const found = std::ranges::find(named, type_name, &Named::name);
    return found == named.end() ? std::nullopt : std::optional{found->primitive};
}

std::string_view to_string(Primitive primitive) {
    return std::ranges::find(named, primitive, &Named::primitive)->name;
}

std::optional<std::string> fault_of(Primitive primitive, std::string_view text) {
    const std::string_view words = fault_words(primitive, text);
    return words.empty() ? std::nullopt : std::optional{std::string{words}};
}

std::optional<std::string> primitive_fault(std::string_view type_name, std::string_view text) {
    const auto primitive = primitive_of(type_name);
    return primitive ? fault_of(*primitive, text) : std::nullopt;
}

JsonForm json_form(Primitive primitive) {
    switch (primitive) {
        case Primitive::boolean:
            return JsonForm::boolean;
        case Primitive::decimal:
        case Primitive::integer:
        case Primitive::positive_int:
        case Primitive::unsigned_int:
            return JsonForm::number;
        default:
            return JsonForm::string;
    }
}

}  // namespace gateway
