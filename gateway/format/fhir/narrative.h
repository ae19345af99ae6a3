// A narrative as it passes by in XML: checked against R4's rules and kept as it is written, an
// opaque string that stands on its own. Prefixes declared outside are taken out and the namespace
// is put in; everything else, white space and entities too, stays byte for byte. That there is
// something to read (txt-2) is the validator's to say.
// Spec: R4 narrative.html#xhtml, xml.html. One per narrative, on one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/format/xml/parser.h"

namespace gateway {

class NarrativeCapture {
public:
    // `text` is what is being parsed; it must outlive this.
    explicit NarrativeCapture(std::string_view text) : text_(text) {}

    void start(const XmlStart& element);
    void end(const XmlEnd& element);

    // Once the <div> is closed.
    bool is_whole() const { return root_seen_ && depth_ == 0; }

    // The first.
    const std::optional<XmlFault>& fault() const { return fault_; }

    // The <div> as written.
    std::size_t offset() const { return begin_; }

    std::size_t size() const { return end_ - begin_; }

    // The <div> as it must be written to stand alone; nothing if it does as it is.
    std::optional<std::string> rewritten() const;

private:
    struct Edit {
        std::size_t offset = 0;
        std::size_t removed = 0;
        std::string inserted;
    };

    void fail(std::size_t offset, std::string_view code, std::string_view text);
    void check_element(const XmlStart& element);
    void check_attributes(const XmlStart& element);

    std::string_view text_;
    std::vector<Edit> edits_;
    std::optional<XmlFault> fault_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t depth_ = 0;
    bool root_seen_ = false;
};

// What keeps a text from standing in XML as a narrative; nothing if it may.
std::optional<XmlFault> narrative_fault(std::string_view xhtml);

}  // namespace gateway
