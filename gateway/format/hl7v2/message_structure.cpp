#include "gateway/format/hl7v2/message_structure.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace gateway {

namespace {

// Reads the notation left to right; the open groups are a stack.
class NotationReader {
public:
    NotationReader(std::string_view text, std::vector<MessageStructure::Element>& elements)
        : text_(text), elements_(elements) {}

    void read() {
        for (at_ = 0; at_ < text_.size();) {
            step(text_[at_]);
        }
        if (group_ != 0 || optional_ != 0 || repeating_ != 0) {
            fail();
        }
        close(0);
    }

private:
    void step(char c) {
        switch (c) {
            case ' ':
                break;
            case '[':
                ++optional_;
                break;
            case '{':
                ++repeating_;
                break;
            case ']':
                drop(optional_);
                break;
            case '}':
                drop(repeating_);
                break;
            case ')':
                leave_group();
                break;
            default:
                add_element();
                return;
        }
        ++at_;
    }

    void add_element() {
        const std::size_t end = std::min(text_.find_first_of(" [](){}", at_), text_.size());
        if (end == at_) {
            fail();
        }
        MessageStructure::Element element;
        element.name = text_.substr(at_, end - at_);
        element.parent = group_;
        element.required = optional_ == 0;
        element.repeats = repeating_ > 0;
        element.is_group = end < text_.size() && text_[end] == '(';
        elements_.push_back(element);
        at_ = end;
        if (element.is_group) {
            group_ = elements_.size() - 1;
            marks_.push_back({optional_, repeating_});
            optional_ = repeating_ = 0;
            ++at_;
        } else {
            close(elements_.size() - 1);
        }
    }

    void leave_group() {
        if (group_ == 0 || optional_ != 0 || repeating_ != 0) {
            fail();
        }
        close(group_);
        group_ = elements_[group_].parent;
        optional_ = marks_.back().optional;
        repeating_ = marks_.back().repeating;
        marks_.pop_back();
    }

    void close(std::size_t element) { elements_[element].end = elements_.size(); }

    void drop(int& marks) {
        if (--marks < 0) {
            fail();
        }
    }

    [[noreturn]] void fail() const {
        throw std::logic_error("the structure of a message is not well-formed: " +
                               std::string{text_.substr(0, at_)});
    }

    struct Marks {
        int optional = 0;
        int repeating = 0;
    };

    std::string_view text_;
    std::vector<MessageStructure::Element>& elements_;
    std::size_t at_ = 0;
    std::size_t group_ = 0;
    int optional_ = 0;
    int repeating_ = 0;
    std::vector<Marks> marks_;
};

// What later versions add is optional, so that one row serves v2.3.1 to v2.8 (chapters 11.6.1 and
// 11.6.2).
const MessageStructure& ref_i12() {
    static const MessageStructure structure(
        "REF_I12",
        "MSH [{SFT}] [UAC] [RF1] [AUTHORIZATION_CONTACT(AUT [CTD])]"
        " {PROVIDER_CONTACT(PRD [{CTD}])} PID [{NK1}] [{GT1}] [{INSURANCE(IN1 [IN2] [IN3])}]"
        " [ACC] [{DG1}] [{DRG}] [{AL1}] [{PROCEDURE(PR1 [AUTHORIZATION_CONTACT(AUT [CTD])])}]"
        " [{OBSERVATION(OBR [{NTE}] [{PRT}] [{RESULTS_NOTES(OBX [{PRT}] [{NTE}])}])}]"
        " [PATIENT_VISIT(PV1 [PV2])] [{NTE}]");
    return structure;
}

const MessageStructure& rri_i12() {
    static const MessageStructure structure(
        "RRI_I12",
        "MSH [{SFT}] [UAC] [MSA] [{ERR}] [RF1] [AUTHORIZATION_CONTACT(AUT [CTD])]"
        " {PROVIDER_CONTACT(PRD [{CTD}])} PID"
        " [ACC] [{DG1}] [{DRG}] [{AL1}] [{PROCEDURE(PR1 [AUTHORIZATION_CONTACT(AUT [CTD])])}]"
        " [{OBSERVATION(OBR [{NTE}] [{PRT}] [{RESULTS_NOTES(OBX [{PRT}] [{NTE}])}])}]"
        " [PATIENT_VISIT(PV1 [PV2])] [{NTE}]");
    return structure;
}

// Which messages share a structure: by type and event.
struct Row {
    std::string_view type;
    std::string_view event_first;
    std::string_view event_last;
    const MessageStructure& (*structure)();
};

constexpr std::array<Row, 2> rows = {
    {{"REF", "I12", "I15", ref_i12}, {"RRI", "I12", "I15", rri_i12}}};

}  // namespace

MessageStructure::MessageStructure(std::string_view name, std::string_view text) {
    Element message;
    message.name = name;
    message.is_group = true;
    message.required = true;
    elements_.push_back(message);
    NotationReader(text, elements_).read();
}

std::span<const MessageStructure* const> message_structures() {
    static const std::array<const MessageStructure*, rows.size()> all = {&ref_i12(), &rri_i12()};
    return all;
}

const MessageStructure* find_structure(std::string_view type, std::string_view event,
                                       std::string_view structure) {
    // MSH-9.3 rules, but many senders put type and event of the message there: REF_I14.
    if (structure.size() > 4 && structure[3] == '_') {
        type = structure.substr(0, 3);
        event = structure.substr(4);
    }
    const auto* const row = std::ranges::find_if(rows, [&](const Row& each) {
        return each.type == type && event >= each.event_first && event <= each.event_last;
    });
    return row == rows.end() ? nullptr : &row->structure();
}

}  // namespace gateway
