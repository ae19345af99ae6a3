#include "gateway/format/hl7v2/writer.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "gateway/format/hl7v2/character_set.h"
#include "gateway/format/hl7v2/escapes.h"
#include "gateway/format/hl7v2/segments.h"
#include "gateway/format/hl7v2/separators.h"

namespace gateway {

namespace {

constexpr std::size_t character_set_field = 18;

struct NumberedPart {
    std::size_t number = 0;
    NodeId node = no_node;
};

class Hl7v2Printer {
public:
    explicit Hl7v2Printer(const Document& document)
        : document_(document), separators_(separators_of(document)) {}

    std::string print() {
        print_segments();
        const NodeId header = document_.child(document_.root(), "MSH");
        const auto set = character_set_of(document_.child_value(header, "f18"));
        if (set.value_or(CharacterSet::utf8) == CharacterSet::utf8) {
            return std::move(out_);
        }
        if (auto encoded = in_single_bytes(out_, *set)) {
            return std::move(*encoded);
        }
        character_set_ = "UNICODE UTF-8";
        out_.clear();
        print_segments();
        return std::move(out_);
    }

private:
    static Separators separators_of(const Document& document) {
        Separators separators;
        const NodeId header = document.child(document.root(), "MSH");
        if (header == no_node) {
            throw std::logic_error("an HL7 v2 document to be written has no MSH");
        }
        std::string head = "MSH";
        head += document.child(header, "f1") == no_node ? "|" : document.child_value(header, "f1");
        head += document.child(header, "f2") == no_node ? separators.encoding_characters()
                                                        : document.child_value(header, "f2");
        SeparatorFault fault;
        if (!read_separators(head, separators, fault)) {
            throw std::logic_error(fault.text);
        }
        return separators;
    }

    void print_segments() {
        for (const NodeId segment : segments(document_)) {
            print_segment(segment);
        }
    }

    void print_segment(NodeId segment) {
        const std::string_view name = document_.name(segment);
        out_ += name;
        std::size_t written = 0;
        if (name == "MSH") {
            out_ += separators_.field;
            out_ += separators_.encoding_characters();
            written = 2;
        }
        std::size_t previous = 0;
        for (const NumberedPart field : parts(segment, 'f')) {
            if (name == "MSH" && field.number <= 2) {
                continue;
            }
            if (field.number == previous) {
                out_ += separators_.repetition;
            } else {
                out_.append(field.number - written, separators_.field);
                written = previous = field.number;
            }
            if (name == "MSH" && field.number == character_set_field && !character_set_.empty()) {
                out_ += character_set_;
                continue;
            }
            out_.append(document_.skipped(field.node), separators_.repetition);
            print_divided(field.node, 'c', separators_.component);
        }
        trim_end(separators_.field);
        out_ += '\r';
    }

    // A field by its components, a component by its subcomponents; an undivided one by its value.
    void print_divided(NodeId node, char letter, char separator) {
        if (!document_.has_children(node)) {
            append_escaped(out_, document_.value(node), separators_);
            return;
        }
        const auto divided = parts(node, letter);
        std::size_t written = 1;
        if (divided.front().number > 1) {
            append_escaped(out_, document_.value(node), separators_);
        }
        for (const NumberedPart part : divided) {
            if (separator == 0) {
                throw std::logic_error("MSH-2 names no separator for subcomponents, but there are");
            }
            out_.append(part.number - written, separator);
            written = part.number;
            if (letter == 'c') {
                print_divided(part.node, 's', separators_.subcomponent);
            } else {
                append_escaped(out_, document_.value(part.node), separators_);
            }
        }
    }

    // Children by number; those of one number in their order.
    std::vector<NumberedPart> parts(NodeId node, char letter) const {
        std::vector<NumberedPart> found;
        for (NodeId at = document_.first_child(node); at != no_node; at = document_.next(at)) {
            found.push_back({number_of(document_.name(at), letter), at});
        }
        std::ranges::stable_sort(found, {}, &NumberedPart::number);
        return found;
    }

    static std::size_t number_of(std::string_view name, char letter) {
        constexpr std::size_t number_max = 9999;
        std::size_t number = 0;
        const char* const end = name.data() + name.size();
        if (!name.empty() && name[0] == letter) {
            const auto [stop, error] = std::from_chars(name.data() + 1, end, number);
            if (error == std::errc{} && stop == end && number > 0 && number <= number_max) {
                return number;
            }
        }
        throw std::logic_error("an HL7 v2 document has a part that is no field or component: " +
                               std::string{name});
    }

    // A filled part that turned out empty leaves separators behind.
    void trim_end(char separator) {
        const bool header_only = out_.ends_with(separators_.encoding_characters() + separator);
        while (!header_only && out_.ends_with(separator)) {
            out_.pop_back();
        }
    }

    const Document& document_;
    Separators separators_;
    std::string_view character_set_;  // in place of MSH-18, where not empty
    std::string out_;
};

}  // namespace

std::string write_hl7v2(const Document& document) {
    return Hl7v2Printer(document).print();
}

}  // namespace gateway
