#include "gateway/format/hl7v2/head.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <vector>

#include "gateway/base/text.h"
#include "gateway/format/hl7v2/character_set.h"
#include "gateway/format/hl7v2/escapes.h"

namespace gateway {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view line_ends = "\r\n";

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find_first_of(line_ends));
}

// The part of that number, from 1; empty if there are fewer.
std::string_view part(std::string_view text, char separator, std::size_t number) {
    if (separator == 0) {
        return number == 1 ? text : std::string_view{};
    }
    for (; number > 1; --number) {
        const std::size_t at = text.find(separator);
        if (at == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(at + 1);
    }
    return text.substr(0, text.find(separator));
}

// The first segment of that name, without its line end.
std::string_view find_segment(std::string_view message, std::string_view name, char separator) {
    const auto stands_at = [&](std::size_t at) {
        return message.compare(at, name.size(), name) == 0 && at + name.size() < message.size() &&
               message[at + name.size()] == separator;
    };
    std::size_t at = 0;
    std::size_t carriage_return = message.find('\r');
    std::size_t line_feed = message.find('\n');
    while (!stands_at(at)) {
        at = std::min(carriage_return, line_feed);
        if (at == std::string_view::npos) {
            return {};
        }
        ++at;
        // Only what was passed is searched anew: the message may hold a letter of megabytes.
        carriage_return = carriage_return < at ? message.find('\r', at) : carriage_return;
        line_feed = line_feed < at ? message.find('\n', at) : line_feed;
    }
    return first_line(message.substr(at));
}

// The parts of MSH up to the last field that is asked for; those that are not there are empty.
std::array<std::string_view, 22> fields_of(std::string_view msh, char separator) {
    std::array<std::string_view, 22> fields;
    // MSH-1 is the first separator itself: behind it stands field 2.
    std::size_t at = msh.find(separator) + 1;
    for (std::size_t number = 2; number < fields.size(); ++number) {
        const std::size_t end = std::min(msh.find(separator, at), msh.size());
        fields[number] = msh.substr(at, end - at);
        if (end == msh.size()) {
            break;
        }
        at = end + 1;
    }
    return fields;
}

// The assigner by its usual names and its OID; who writes a number of 10 digits for another thing
// under that name is not helped.
std::string nhs_digits_of(const HeadIdentifier& identifier) {
    constexpr std::array<std::string_view, 4> names{"NHS", "NHSNBR", "NHSNMBR",
                                                    "2.16.840.1.113883.2.1.4.1"};
    const bool is_theirs = std::ranges::any_of(names, [&](std::string_view name) {
        return equal_ignoring_case(identifier.assigner, name) || identifier.assigner_id == name;
    });
    std::string digits;
    std::ranges::copy_if(identifier.value, std::back_inserter(digits),
                         [](char c) { return c != ' ' && c != '-'; });
    constexpr std::size_t length = 10;
    const bool is_number = digits.size() == length &&
                           std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    return is_theirs && is_number ? digits : std::string{};
}

// Lower is better. CX-5 by table 0203.
int rank_of(const HeadIdentifier& identifier) {
    if (identifier.is_nhs_number()) {
        return 0;
    }
    const std::string_view type = identifier.type;
    if (type == "NH" || type == "NI" || (type.starts_with("NN") && type.size() == 5)) {
        return 1;
    }
    return type.empty() && identifier.assigner.empty() ? 3 : 2;
}

bool tells_better(const HeadIdentifier& left, const HeadIdentifier& right) {
    const auto order = [](const HeadIdentifier& one) {
        return std::tuple(rank_of(one),
                          std::tie(one.assigner_id, one.assigner, one.type, one.value));
    };
    return order(left) < order(right);
}

class HeadScanner {
public:
    HeadScanner(std::string_view bytes, std::string_view message, const Separators& separators)
        : bytes_(bytes), message_(message), separators_(separators) {}

    void scan(MessageHead& head) {
        const auto fields = fields_of(first_line(message_), separators_.field);
        const auto field = [&](std::size_t number) { return fields[number]; };
        head.sending_application_field = field(3);
        head.sending_facility_field = field(4);
        head.receiving_application_field = field(5);
        head.receiving_facility_field = field(6);
        head.control_id_field = field(10);
        DecodeNotes ignored;
        decode_value(trimmed(part(field(18), separators_.repetition, 1)), separators_,
                     CharacterSet::utf8, declared_, ignored);
        head.character_set = declared_;
        head.sending_application = leaf(field(3), 1);
        head.sending_facility = leaf(field(4), 1);
        head.receiving_application = leaf(field(5), 1);
        head.receiving_facility = leaf(field(6), 1);
        head.sent_at = leaf(field(7), 1);
        head.type = leaf(field(9), 1);
        head.event = leaf(field(9), 2);
        head.structure = leaf(field(9), 3);
        head.control_id = whole(field(10));
        head.processing_id = leaf(field(11), 1);
        head.version = leaf(field(12), 1);
        head.accept_ack = leaf(field(15), 1);
        head.application_ack = leaf(field(16), 1);
        head.profile = leaf(field(21), 1);
        head.patient = scan_patient();
    }

private:
    std::optional<HeadIdentifier> scan_patient() {
        const std::string_view pid = find_segment(message_, "PID", separators_.field);
        // PID-3 is the fourth part: the name stands before the first separator.
        std::string_view rest = part(pid, separators_.field, 4);
        std::optional<HeadIdentifier> best;
        while (!rest.empty()) {
            const std::string_view one = part(rest, separators_.repetition, 1);
            rest.remove_prefix(std::min(one.size() + 1, rest.size()));
            HeadIdentifier found = identifier_in(one);
            if (!found.value.empty() && (!best || tells_better(found, *best))) {
                best = std::move(found);
            }
        }
        return best;
    }

    HeadIdentifier identifier_in(std::string_view repetition) {
        HeadIdentifier found{.value = leaf(repetition, 1),
                             .assigner = leaf(repetition, 4),
                             .assigner_id = leaf(repetition, 4, 2),
                             .type = leaf(repetition, 5),
                             .nhs_digits = {}};
        found.nhs_digits = nhs_digits_of(found);
        return found;
    }

    // Of a field that has no parts, so that no two values of it become one.
    std::string whole(std::string_view field) {
        return trimmed(field).empty() || field == R"("")" ? std::string{} : decoded(field);
    }

    // Of the first repetition.
    std::string leaf(std::string_view field, std::size_t component, std::size_t subcomponent = 1) {
        const std::string_view repetition = part(field, separators_.repetition, 1);
        const std::string_view found = part(part(repetition, separators_.component, component),
                                            separators_.subcomponent, subcomponent);
        return found == R"("")" ? std::string{} : decoded(found);
    }

    std::string decoded(std::string_view raw) {
        const bool plain_ascii = std::ranges::all_of(raw, [this](char c) {
            return static_cast<signed char>(c) >= 0 && c != separators_.escape;
        });
        if (plain_ascii) {
            return std::string{raw};
        }
        std::string out;
        DecodeNotes notes;
        decode_value(raw, separators_, character_set(), out, notes);
        return out;
    }

    // As the reader chooses it; looked at only when a value needs it.
    CharacterSet character_set() {
        if (!set_) {
            const auto known = character_set_of(declared_);
            const CharacterSet wanted = known.value_or(CharacterSet::utf8);
            set_ =
                wanted == CharacterSet::utf8 && !is_utf8(bytes_) ? CharacterSet::latin_1 : wanted;
        }
        return *set_;
    }

    std::string_view bytes_;
    std::string_view message_;
    const Separators& separators_;
    std::string declared_;
    std::optional<CharacterSet> set_;
};

bool is_code(std::string_view text) {
    constexpr std::size_t length_max = 3;
    return !text.empty() && text.size() <= length_max && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
}

}  // namespace

std::string shown_type(const MessageHead& head) {
    if (!is_code(head.type) || (!head.event.empty() && !is_code(head.event))) {
        return "HL7 v2";
    }
    return head.event.empty() ? head.type : head.type + "^" + head.event;
}

MessageHead scan_head(std::string_view bytes) {
    MessageHead head;
    std::string_view message = bytes;
    if (message.starts_with(byte_order_mark)) {
        message.remove_prefix(byte_order_mark.size());
    }
    const std::size_t before = bytes.size() - message.size();
    SeparatorFault fault;
    if (!message.starts_with("MSH")) {
        fault = {
            "an HL7 v2 message begins with the three letters MSH; begin with the message "
            "header segment",
            "MSH", 0};
    } else if (read_separators(message, head.separators, fault)) {
        HeadScanner(bytes, message, head.separators).scan(head);
        return head;
    }
    head.fault = Issue{.code = "structure",
                       .path = {},
                       .text = fault.text,
                       .source = std::string{fault.field},
                       .position = position_at(bytes, before + fault.offset)};
    return head;
}

}  // namespace gateway
