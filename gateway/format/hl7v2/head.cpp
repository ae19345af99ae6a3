#include "gateway/format/hl7v2/head.h"

#include <algorithm>
#include <array>
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
        head.control_id = leaf(field(10), 1);
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
        const std::string_view identifiers = part(pid, separators_.field, 4);
        const std::string_view first = part(identifiers, separators_.repetition, 1);
        if (first.empty()) {
            return std::nullopt;
        }
        return HeadIdentifier{.value = leaf(first, 1),
                              .assigner = leaf(first, 4),
                              .assigner_id = leaf(first, 4, 2),
                              .type = leaf(first, 5)};
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

}  // namespace

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
