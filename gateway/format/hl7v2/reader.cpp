#include "gateway/format/hl7v2/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/format/hl7v2/character_set.h"
#include "gateway/format/hl7v2/delimiter_scan.h"
#include "gateway/format/hl7v2/escapes.h"
#include "gateway/format/hl7v2/path.h"
#include "gateway/format/hl7v2/segments.h"

namespace gateway {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view explicit_null = R"("")";
constexpr std::size_t segment_name_size = 3;
constexpr std::size_t notes_max = 100;
constexpr std::size_t bytes_per_node = 10;
constexpr std::size_t reserved_nodes_max = 65'536;  // a large message is mostly one attachment

using Scan = DelimiterScan;

// The names f1, f2, … as ids, looked up when first met. Where add_hl7v2_names made them, they
// follow each other, and a look at the text replaces the search.
class NumberedNames {
public:
    explicit NumberedNames(char letter) : letter_(letter) { ids_.fill(unknown); }

    NameId id(Document& document, std::size_t number) {
        if (number < ids_.size() && ids_[number] != unknown) {
            return ids_[number];
        }
        const NameId id = find(document, number);
        if (number < ids_.size()) {
            ids_[number] = id;
        }
        return id;
    }

private:
    static constexpr NameId unknown = std::numeric_limits<NameId>::max();

    NameId find(Document& document, std::size_t number) {
        const std::string name = letter_ + std::to_string(number);
        if (first_ == unknown) {
            first_ = document.intern(std::string{letter_, '1'});
        }
        const std::size_t expected = first_ + number - 1;
        if (expected < document.names().size() &&
            document.names().text(static_cast<NameId>(expected)) == name) {
            return static_cast<NameId>(expected);
        }
        return document.intern(name);
    }

    char letter_;
    NameId first_ = unknown;
    std::array<NameId, 64> ids_{};
};

// A part of the message, and which delimiters stand in it.
struct Part {
    const char* begin = nullptr;
    const char* end = nullptr;
    std::uint8_t seen = 0;

    bool empty() const { return begin == end; }

    std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

class Hl7v2Parser {
public:
    Hl7v2Parser(std::shared_ptr<const std::string> bytes, std::shared_ptr<const NameTable> names,
                const Hl7v2Limits& limits, Issues* notes)
        : bytes_(std::move(bytes)),
          limits_(limits),
          notes_(notes),
          document_(std::move(names)),
          begin_(bytes_->data()),
          end_(begin_ + bytes_->size()),
          at_(begin_),
          scan_(separators_) {}

    Document parse() {
        check_size();
        if (bytes_->starts_with(byte_order_mark)) {
            at_ += byte_order_mark.size();
        }
        read_separators_or_refuse();
        scan_ = Scan(separators_);
        choose_character_set();
        document_.share(bytes_);
        document_.reserve_nodes(std::min(bytes_->size() / bytes_per_node + 16, reserved_nodes_max));
        while (skip_blank_lines()) {
            parse_segment();
        }
        document_.set_source(document_.root(), range(begin_, end_));
        return std::move(document_);
    }

private:
    // --- the start of the message
    void check_size() {
        if (bytes_->size() > limits_.bytes_max ||
            bytes_->size() > std::numeric_limits<std::uint32_t>::max()) {
            throw Failure(Category::too_large,
                          fmt::format("the message is larger than {} bytes; send large letters as "
                                      "a reference or in parts",
                                      limits_.bytes_max));
        }
    }

    void read_separators_or_refuse() {
        const std::string_view message{at_, static_cast<std::size_t>(end_ - at_)};
        if (message.starts_with("FHS") || message.starts_with("BHS")) {
            refuse("not-supported", std::string{message.substr(0, 3)}, at_,
                   "this is a batch of messages; send its messages one by one, each beginning with "
                   "MSH");
        }
        if (!message.starts_with("MSH")) {
            refuse("structure", "MSH", at_,
                   "an HL7 v2 message begins with the three letters MSH; begin with the message "
                   "header segment");
        }
        SeparatorFault fault;
        if (!read_separators(message, separators_, fault)) {
            refuse("structure", std::string{fault.field}, at_ + fault.offset, fault.text);
        }
    }

    // MSH-18 decides; where it is silent, the bytes do.
    void choose_character_set() {
        const std::string_view raw = declared_character_set();
        std::string declared;
        DecodeNotes ignored;
        decode_value(raw, separators_, CharacterSet::utf8, declared, ignored);
        const bool utf8 = is_utf8(*bytes_);
        if (declared.empty()) {
            guess_character_set(utf8);
            return;
        }
        const auto known = character_set_of(declared);
        if (!known) {
            refuse("not-supported", "MSH-18", raw.data(),
                   "MSH-18 names a character set that this gateway does not read; send UNICODE "
                   "UTF-8, 8859/1, 8859/15 or ASCII");
        }
        character_set_ = *known;
        if (character_set_ != CharacterSet::utf8 || utf8) {
            return;
        }
        if (equal_ignoring_case(declared, "ASCII")) {
            guess_character_set(utf8);
            return;
        }
        const char* at = begin_ + first_not_utf8(*bytes_);
        refuse("invalid", "MSH-18", at,
               "MSH-18 says UTF-8, but the bytes here are not; send UTF-8, or name the character "
               "set of the message in MSH-18");
    }

    void guess_character_set(bool utf8) {
        character_set_ = utf8 ? CharacterSet::utf8 : CharacterSet::latin_1;
        if (!utf8) {
            const char* at = begin_ + first_not_utf8(*bytes_);
            note("MSH-18", at,
                 "the message is neither ASCII nor UTF-8 and was read as ISO 8859-1; name its "
                 "character set in MSH-18");
        }
    }

    // The first repetition of MSH-18, before anything is parsed.
    std::string_view declared_character_set() const {
        constexpr int separators_before = 17;  // MSH-1 is the first of them
        const char* at = at_;
        Scan::Found field{at, 0};
        for (int i = 0; i < separators_before; ++i) {
            field = scan_.field_end(at, end_);
            if (field.end == end_ || scan_.class_of(*field.end) != Scan::field) {
                return {};
            }
            at = field.end + 1;
        }
        field = scan_.field_end(at, end_);
        const std::string_view text{at, static_cast<std::size_t>(field.end - at)};
        return trimmed(text.substr(0, text.find(separators_.repetition)));
    }

    // --- segments
    // False at the end of the message.
    bool skip_blank_lines() {
        while (at_ < end_ && (*at_ == '\r' || *at_ == '\n' || *at_ == ' ' || *at_ == '\t')) {
            ++at_;
        }
        return at_ < end_;
    }

    void parse_segment() {
        const char* begin = at_;
        const auto left = static_cast<std::size_t>(end_ - begin);
        const std::string_view name{begin, std::min(left, segment_name_size)};
        check_segment(name);
        segment_ = document_.append(document_.root(), name);
        document_.set_repeats(segment_, name != "MSH");
        at_ += segment_name_size;
        std::size_t number = 0;
        if (name == "MSH") {
            parse_separator_fields();
            number = 2;
        }
        while (at_ < end_ && scan_.class_of(*at_) == Scan::field) {
            ++at_;
            parse_field(++number);
        }
        check_segment_end();
        document_.set_source(segment_, range(begin, at_));
    }

    void check_segment(std::string_view name) {
        const bool first = ++segment_count_ == 1;
        const char after = at_ + name.size() < end_ ? at_[segment_name_size] : '\r';
        if (!is_segment_name(name) ||
            (scan_.class_of(after) & (Scan::field | Scan::segment_end)) == 0) {
            refuse("structure", {}, at_,
                   fmt::format("line {} is no segment: it does not begin with a segment name of "
                               "three characters and a field separator; write line breaks inside a "
                               "field as \\.br\\",
                               position_at(*bytes_, offset(at_)).line));
        }
        if (!first && name == "MSH") {
            refuse("structure", "MSH", at_,
                   "a second message begins here; send one message at a time");
        }
        if (!first && (name == "FTS" || name == "BTS" || name == "BHS" || name == "FHS")) {
            refuse("not-supported", std::string{name}, at_,
                   "this is part of a batch; send its messages one by one");
        }
        if (segment_count_ > limits_.segments_max) {
            throw Failure(Category::too_large,
                          fmt::format("the message has more than {} segments; send it in parts",
                                      limits_.segments_max));
        }
    }

    void check_segment_end() {
        if (at_ < end_ && *at_ == '\0') {
            refuse("invalid", field_path(document_, segment_), at_,
                   "a NUL byte stands in the message; send text without NUL");
        }
    }

    // MSH-1 is the separator itself, MSH-2 the characters behind it, neither ever divided.
    void parse_separator_fields() {
        const NodeId first = document_.append(segment_, fields_.id(document_, 1));
        set_plain_leaf(first, {at_, at_ + 1, 0});
        const std::size_t size = separators_.encoding_characters().size();
        const NodeId second = document_.append(segment_, fields_.id(document_, 2));
        set_plain_leaf(second, {at_ + 1, at_ + 1 + size, 0});
        at_ += 1 + size;
    }

    // --- fields and their parts
    void parse_field(std::size_t number) {
        const char* begin = at_;
        const Scan::Found found = scan_.field_end(begin, end_);
        at_ = found.end;
        if (found.end == begin) {
            return;
        }
        if (number > limits_.field_number_max) {
            refuse("too-long", field_path(document_, segment_), begin,
                   fmt::format("this segment has more than {} fields; leave out what is not needed",
                               limits_.field_number_max));
        }
        const NameId name = fields_.id(document_, number);
        if ((found.seen & Scan::repetition) == 0) {
            parse_repetition(name, {begin, found.end, found.seen});
            return;
        }
        parse_repetitions(name, {begin, found.end, found.seen});
    }

    void parse_repetitions(NameId name, Part field) {
        std::size_t skipped = 0;
        bool repeats = false;
        NodeId first = no_node;
        for_each_part(field, Scan::repetition, [&](Part repetition) {
            const NodeId node = parse_repetition(name, repetition);
            if (node == no_node) {
                ++skipped;
                return;
            }
            repeats = repeats || skipped > 0 || first != no_node;
            first = first == no_node ? node : first;
            document_.set_skipped(node, static_cast<std::uint8_t>(std::min<std::size_t>(
                                            skipped, std::numeric_limits<std::uint8_t>::max())));
            skipped = 0;
        });
        for (NodeId at = repeats ? first : no_node; at != no_node; at = document_.next(at)) {
            document_.set_repeats(at, true);
        }
    }

    // The node made, or no_node if there is nothing in it.
    NodeId parse_repetition(NameId name, Part part) {
        trim_end(part, Scan::component | Scan::subcomponent);
        if (part.empty()) {
            return no_node;
        }
        const NodeId node = append(segment_, name);
        if ((part.seen & (Scan::component | Scan::subcomponent)) == 0) {
            set_leaf(node, part);
            return node;
        }
        document_.set_source(node, range(part.begin, part.end));
        std::size_t number = 0;
        for_each_part(part, Scan::component, [&](Part component) {
            ++number;
            trim_end(component, Scan::subcomponent);
            if (!component.empty()) {
                parse_component(node, number, component);
            }
        });
        return node;
    }

    void parse_component(NodeId field, std::size_t number, Part part) {
        const NodeId node = append(field, components_.id(document_, number));
        if ((part.seen & Scan::subcomponent) == 0) {
            set_leaf(node, part);
        } else {
            document_.set_source(node, range(part.begin, part.end));
            std::size_t sub_number = 0;
            for_each_part(part, Scan::subcomponent, [&](Part subcomponent) {
                ++sub_number;
                if (!subcomponent.empty()) {
                    const NodeId leaf = append(node, subcomponents_.id(document_, sub_number));
                    set_leaf(leaf, subcomponent);
                    lend_value(node, leaf, sub_number);
                }
            });
        }
        lend_value(field, node, number);
    }

    // A divided part has the value of its first leaf: that of part number 1, all the way down.
    void lend_value(NodeId above, NodeId part, std::size_t number) {
        if (number == 1 && document_.kind(part) != ValueKind::none) {
            document_.set_value_view(above, document_.kind(part), document_.value(part));
        }
    }

    // Calls `visit` for each part between separators, with what was seen in that part alone.
    template <typename Visit>
    void for_each_part(Part whole, std::uint8_t separator, Visit visit) {
        const char* begin = whole.begin;
        while (true) {
            const Scan::Found found = scan_.part_end(begin, whole.end, separator);
            visit(Part{begin, found.end, found.seen});
            if (found.end == whole.end) {
                return;
            }
            begin = found.end + 1;
        }
    }

    // Trailing separators say nothing. What is left may have none of that kind.
    void trim_end(Part& part, std::uint8_t kinds) const {
        if ((part.seen & kinds) == 0 || (scan_.class_of(part.end[-1]) & kinds) == 0) {
            return;
        }
        while (part.end > part.begin && (scan_.class_of(part.end[-1]) & kinds) != 0) {
            --part.end;
        }
        part.seen = 0;
        for (const char* at = part.begin; at != part.end; ++at) {
            part.seen |= scan_.class_of(*at);
        }
    }

    NodeId append(NodeId parent, NameId name) {
        if (document_.node_count() >= limits_.nodes_max) {
            throw Failure(Category::too_large,
                          fmt::format("the message has more than {} values; send it in parts",
                                      limits_.nodes_max));
        }
        return document_.append(parent, name);
    }

    void set_leaf(NodeId node, Part part) {
        if (separators_.truncation != 0 && part.end[-1] == separators_.truncation) {
            note_at(node, part, "the sender cut this value, as its last character says");
        }
        const bool needs_decoding =
            (part.seen & Scan::escape) != 0 ||
            ((part.seen & Scan::high) != 0 && character_set_ != CharacterSet::utf8);
        if (needs_decoding) {
            decode_leaf(node, part);
        } else {
            set_plain_leaf(node, part);
        }
    }

    void set_plain_leaf(NodeId node, Part part) {
        mark_leaf(node, part);
        const ValueKind kind = part.text() == explicit_null ? ValueKind::null : ValueKind::string;
        document_.set_value_view(node, kind, part.text());
    }

    void mark_leaf(NodeId node, Part part) {
        document_.set_self_first(node, true);
        document_.set_source(node, range(part.begin, part.end));
    }

    void decode_leaf(NodeId node, Part part) {
        mark_leaf(node, part);
        scratch_.clear();
        DecodeNotes notes;
        decode_value(part.text(), separators_, character_set_, scratch_, notes);
        document_.set_value(node, ValueKind::string, scratch_);
        if (notes.unknown_escape) {
            note_at(node, part,
                    "an escape sequence is not known and was kept as it stands; escape a single "
                    "backslash as \\E\\");
        }
        if (notes.layout_dropped) {
            note_at(node, part, "highlighting or layout of the text was left out");
        }
    }

    // --- faults and notes
    void note_at(NodeId node, Part part, std::string text) {
        if (notes_ != nullptr) {
            note(field_path(document_, node), part.begin, std::move(text));
        }
    }

    void note(std::string source, const char* at, std::string text) {
        if (notes_ == nullptr || notes_->size() >= notes_max) {
            return;
        }
        notes_->add({.severity = Severity::warning,
                     .code = "value",
                     .path = {},
                     .text = std::move(text),
                     .source = std::move(source),
                     .position = position_at(*bytes_, offset(at))});
    }

    [[noreturn]] void refuse(std::string_view code, std::string source, const char* at,
                             std::string text) const {
        Issues issues;
        issues.add({.code = std::string{code},
                    .path = {},
                    .text = text,
                    .source = std::move(source),
                    .position = position_at(*bytes_, offset(at))});
        throw Failure(Category::invalid, std::move(text), {}, std::move(issues));
    }

    std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - begin_); }

    SourceRange range(const char* from, const char* to) const {
        return {static_cast<std::uint32_t>(from - begin_), static_cast<std::uint32_t>(to - from)};
    }

    std::shared_ptr<const std::string> bytes_;
    const Hl7v2Limits& limits_;
    Issues* notes_;
    Document document_;
    const char* begin_;
    const char* end_;
    const char* at_;
    Separators separators_;
    Scan scan_;
    CharacterSet character_set_ = CharacterSet::utf8;
    NodeId segment_ = no_node;
    std::size_t segment_count_ = 0;
    NumberedNames fields_{'f'};
    NumberedNames components_{'c'};
    NumberedNames subcomponents_{'s'};
    std::string scratch_;
};

}  // namespace

Document read_hl7v2(std::shared_ptr<const std::string> bytes,
                    std::shared_ptr<const NameTable> names, const Hl7v2Limits& limits,
                    Issues* notes) {
    return Hl7v2Parser(std::move(bytes), std::move(names), limits, notes).parse();
}

}  // namespace gateway
