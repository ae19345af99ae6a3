#include "gateway/format/hl7v2/ack.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <stdexcept>

#include "gateway/base/text.h"
#include "gateway/format/hl7v2/character_set.h"
#include "gateway/format/hl7v2/escapes.h"
#include "gateway/format/hl7v2/segments.h"

namespace gateway {

namespace {

constexpr std::size_t errors_max = 20;
constexpr std::size_t msa_3_max = 80;   // v2.4 chapter 2.16.8.3
constexpr std::size_t err_8_max = 250;  // v2.5 chapter 2.15.5.8
constexpr std::string_view default_err_3 = "207";

// "OBX[2]-5[3].1.2" in its parts; numbers are 0 where the source names none.
struct Location {
    std::string_view segment;
    unsigned sequence = 1;
    unsigned field = 0;
    unsigned repetition = 1;
    unsigned component = 0;
    unsigned subcomponent = 0;
};

// Takes `mark` and the number behind it (and `close`) off the front of `text`; false if the text
// does not go on so.
bool take_number(std::string_view& text, char mark, unsigned& number) {
    if (!text.starts_with(mark)) {
        return false;
    }
    const auto [stop, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    if (error != std::errc{}) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    if (mark == '[' && text.starts_with(']')) {
        text.remove_prefix(1);
    }
    return true;
}

std::optional<Location> location_of(std::string_view source) {
    Location location;
    location.segment = source.substr(0, 3);
    if (!is_segment_name(location.segment)) {
        return std::nullopt;
    }
    source.remove_prefix(location.segment.size());
    take_number(source, '[', location.sequence);
    if (take_number(source, '-', location.field)) {
        take_number(source, '[', location.repetition);
        if (take_number(source, '.', location.component)) {
            take_number(source, '.', location.subcomponent);
        }
    }
    return source.empty() ? std::optional{location} : std::nullopt;
}

struct ErrorMeaning {
    std::string_view code;
    std::string_view text;
};

// HL7 table 0357.
std::string_view err_3_text(std::string_view code) {
    constexpr std::array<ErrorMeaning, 12> meanings = {{{"100", "Segment sequence error"},
                                                        {"101", "Required field missing"},
                                                        {"102", "Data type error"},
                                                        {"103", "Table value not found"},
                                                        {"200", "Unsupported message type"},
                                                        {"201", "Unsupported event code"},
                                                        {"202", "Unsupported processing id"},
                                                        {"203", "Unsupported version id"},
                                                        {"204", "Unknown key identifier"},
                                                        {"205", "Duplicate key identifier"},
                                                        {"206", "Application record locked"},
                                                        {"207", "Application internal error"}}};
    for (const ErrorMeaning& meaning : meanings) {
        if (meaning.code == code) {
            return meaning.text;
        }
    }
    return "Application error";
}

// Table 0516.
char err_4_of(Severity severity) {
    switch (severity) {
        case Severity::fatal:
            return 'F';
        case Severity::error:
            return 'E';
        case Severity::warning:
            return 'W';
        case Severity::information:
            return 'I';
    }
    throw std::logic_error("unknown severity");
}

class AckPrinter {
public:
    AckPrinter(const MessageHead& head, const AckAnswer& answer, const Issues& issues)
        : head_(head), answer_(answer), issues_(issues), separators_(head.separators) {
        const auto set = character_set_of(head.character_set);
        speaks_utf8_ =
            set == CharacterSet::utf8 && !equal_ignoring_case(head.character_set, "ASCII");
    }

    std::string print() {
        print_msh();
        print_msa();
        std::size_t errors = 0;
        for (const Issue& issue : issues_) {
            if (issue.severity != Severity::information && errors++ < errors_max) {
                has_err_fields() ? print_err(issue) : print_old_err(issue);
            }
        }
        return std::move(out_);
    }

private:
    // ERR-2 and those behind it came with v2.5.
    bool has_err_fields() const { return major_version() > 2 || minor_version() >= 5; }

    unsigned major_version() const { return version_part(0, 2); }

    unsigned minor_version() const { return version_part(1, 5); }

    unsigned version_part(std::size_t index, unsigned otherwise) const {
        const auto parts = split(head_.version, '.');
        unsigned number = otherwise;
        if (index < parts.size()) {
            std::from_chars(parts[index].data(), parts[index].data() + parts[index].size(), number);
        }
        return number;
    }

    void print_msh() {
        out_ += "MSH";
        out_ += separators_.field;
        out_ += separators_.encoding_characters();
        add_as_sent(head_.receiving_application_field);
        add_as_sent(head_.receiving_facility_field);
        add_as_sent(head_.sending_application_field);
        add_as_sent(head_.sending_facility_field);
        add_field(hl7v2_timestamp(answer_.now));
        add_field({});
        out_ += separators_.field;
        out_ += message_type();
        add_field(answer_.control_id);
        add_field(head_.processing_id.empty() ? "P" : head_.processing_id);
        add_field(head_.version.empty() ? "2.5" : head_.version);
        print_end_of_msh();
        end_segment();
    }

    // MSH-13 to MSH-18, as far as one of them is there.
    void print_end_of_msh() {
        const bool has_set = !head_.character_set.empty();
        if (!has_set && answer_.accept_ack.empty() && answer_.application_ack.empty()) {
            return;
        }
        out_.append(2, separators_.field);
        add_field(answer_.accept_ack);
        add_field(answer_.application_ack);
        if (has_set) {
            out_ += separators_.field;
            add_field(head_.character_set);
        }
    }

    // As it came, escapes and all.
    void add_as_sent(std::string_view field) {
        out_ += separators_.field;
        // A control character could be taken for the end of the frame.
        std::ranges::copy_if(field, std::back_inserter(out_),
                             [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
    }

    // MSH-9.2 came with v2.2, MSH-9.3 with v2.3.1.
    std::string message_type() const {
        std::string type = "ACK";
        if (!head_.event.empty()) {
            type += separators_.component;
            append_escaped(type, head_.event, separators_);
            const bool has_structure =
                minor_version() >= 4 || head_.version == "2.3.1" || major_version() > 2;
            if (has_structure) {
                type += separators_.component;
                type += "ACK";
            }
        }
        return type;
    }

    void print_msa() {
        out_ += "MSA";
        add_field(to_string(answer_.code));
        add_as_sent(head_.control_id_field);
        if (!has_err_fields() && !issues_.empty()) {
            add_field(spoken(issues_[0].text, msa_3_max));
        }
        end_segment();
    }

    void print_err(const Issue& issue) {
        out_ += "ERR";
        out_ += separators_.field;
        out_ += separators_.field;
        if (const auto location = location_of(issue.source)) {
            print_location(*location);
        }
        out_ += separators_.field;
        print_error_code(issue, separators_.component);
        out_ += separators_.field;
        out_ += err_4_of(issue.severity);
        out_.append(3, separators_.field);
        add_field(spoken(issue.text, err_8_max));
        end_segment();
    }

    // ERL: segment, sequence, field, repetition, component, subcomponent.
    void print_location(const Location& location) {
        out_ += location.segment;
        append_number(location.sequence);
        if (location.field == 0) {
            return;
        }
        append_number(location.field);
        append_number(location.repetition);
        if (location.component > 0) {
            append_number(location.component);
        }
        if (location.subcomponent > 0) {
            append_number(location.subcomponent);
        }
    }

    // Before v2.5, ERR-1 (ELD): segment, sequence, field, code with subcomponents.
    void print_old_err(const Issue& issue) {
        const auto location = location_of(issue.source);
        out_ += "ERR";
        out_ += separators_.field;
        if (location) {
            out_ += location->segment;
            append_number(location->sequence);
            out_ += separators_.component;
            out_ += location->field > 0 ? std::to_string(location->field) : "";
        } else {
            out_.append(2, separators_.component);
        }
        out_ += separators_.component;
        print_error_code(issue, separators_.subcomponent);
        end_segment();
    }

    void print_error_code(const Issue& issue, char separator) {
        std::string_view code = err_3_of(issue.code);
        if (code.empty()) {
            code = answer_.err_3.empty() ? default_err_3 : answer_.err_3;
        }
        out_ += code;
        if (separator != 0) {
            out_ += separator;
            out_ += err_3_text(code);
            out_ += separator;
            out_ += "HL70357";
        }
    }

    void append_number(unsigned number) {
        out_ += separators_.component;
        out_ += std::to_string(number);
    }

    void add_field(std::string_view text) {
        out_ += separators_.field;
        append_escaped(out_, text, separators_);
    }

    // Cut to the length of the field, at a character; only ASCII where the sender did not say
    // UTF-8.
    std::string spoken(std::string_view text, std::size_t size_max) const {
        std::string out;
        for (const char c : text.substr(0, size_max)) {
            const bool high = static_cast<signed char>(c) < 0;
            out += high && !speaks_utf8_ ? '?' : c;
        }
        out.resize(first_not_utf8(out));
        return out;
    }

    void end_segment() {
        while (out_.ends_with(separators_.field)) {
            out_.pop_back();
        }
        out_ += '\r';
    }

    const MessageHead& head_;
    const AckAnswer& answer_;
    const Issues& issues_;
    const Separators& separators_;
    bool speaks_utf8_ = false;
    std::string out_;
};

}  // namespace

std::string_view to_string(AckCode code) {
    switch (code) {
        case AckCode::aa:
            return "AA";
        case AckCode::ae:
            return "AE";
        case AckCode::ar:
            return "AR";
        case AckCode::ca:
            return "CA";
        case AckCode::ce:
            return "CE";
        case AckCode::cr:
            return "CR";
    }
    throw std::logic_error("unknown acknowledgement code");
}

std::optional<AckCode> parse_ack_code(std::string_view word) {
    for (const AckCode code :
         {AckCode::aa, AckCode::ae, AckCode::ar, AckCode::ca, AckCode::ce, AckCode::cr}) {
        if (to_string(code) == word) {
            return code;
        }
    }
    return std::nullopt;
}

std::string build_ack(const MessageHead& head, const AckAnswer& answer, const Issues& issues) {
    return AckPrinter(head, answer, issues).print();
}

std::string_view err_3_of(std::string_view issue_code) {
    struct Row {
        std::string_view issue_code;
        std::string_view err_3;
    };

    constexpr std::array<Row, 12> rows = {{{"structure", "100"},
                                           {"required", "101"},
                                           {"value", "102"},
                                           {"invalid", "102"},
                                           {"too-long", "102"},
                                           {"code-invalid", "103"},
                                           {"not-supported", "200"},
                                           {"not-found", "204"},
                                           {"duplicate", "205"},
                                           {"conflict", "205"},
                                           {"lock-error", "206"},
                                           {"exception", "207"}}};
    for (const Row& row : rows) {
        if (row.issue_code == issue_code) {
            return row.err_3;
        }
    }
    return {};
}

std::string hl7v2_timestamp(Instant instant) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(instant);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
    return fmt::format("{:%Y%m%d%H%M%S}.{:03}+0000",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                       (milliseconds - seconds).count());
}

}  // namespace gateway
