#include "gateway/engine/validate/xhtml_scan.h"

#include <algorithm>
#include <vector>

#include "gateway/base/text.h"
#include "gateway/format/fhir/xhtml_rules.h"

namespace gateway {

namespace {

constexpr std::string_view space = " \t\r\n";

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':' || c == '.';
}

struct Attribute {
    std::string_view name;
    std::string_view value;
};

class XhtmlScan {
public:
    explicit XhtmlScan(std::string_view text) : rest_(text) {}

    std::optional<XhtmlFault> run() {
        rest_ = trimmed(rest_);
        if (!rest_.starts_with("<div") || rest_.size() < 5 || is_name_character(rest_[4])) {
            return XhtmlFault::not_a_div;
        }
        while (!fault_ && !rest_.empty()) {
            step();
        }
        if (fault_) {
            return fault_;
        }
        if (!open_.empty()) {
            return XhtmlFault::not_well_formed;
        }
        return has_content_ ? std::nullopt : std::optional{XhtmlFault::empty};
    }

private:
    void fail(XhtmlFault fault) {
        if (!fault_) {
            fault_ = fault;
        }
    }

    void step() {
        if (rest_.front() != '<') {
            text();
        } else if (rest_.starts_with("<!--")) {
            skip_past("-->");
        } else if (rest_.starts_with("</")) {
            end_tag();
        } else if (rest_.starts_with("<!") || rest_.starts_with("<?")) {
            fail(XhtmlFault::not_well_formed);  // no DOCTYPE, no instructions
        } else {
            start_tag();
        }
    }

    void text() {
        const std::size_t end = std::min(rest_.find('<'), rest_.size());
        const bool blank = rest_.substr(0, end).find_first_not_of(space) == std::string_view::npos;
        if (!blank && open_.empty()) {
            fail(XhtmlFault::not_well_formed);  // text after the div
        }
        has_content_ = has_content_ || !blank;
        rest_.remove_prefix(end);
    }

    void skip_past(std::string_view mark) {
        const std::size_t end = rest_.find(mark);
        if (end == std::string_view::npos) {
            fail(XhtmlFault::not_well_formed);
            return;
        }
        rest_.remove_prefix(end + mark.size());
    }

    std::string_view take_name() {
        const auto end = std::ranges::find_if_not(rest_, is_name_character);
        const std::string_view name =
            rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(name.size());
        return name;
    }

    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(space), rest_.size()));
    }

    bool take(std::string_view token) {
        if (!rest_.starts_with(token)) {
            return false;
        }
        rest_.remove_prefix(token.size());
        return true;
    }

    void end_tag() {
        take("</");
        const std::string_view name = take_name();
        skip_space();
        if (!take(">") || open_.empty() || open_.back() != name) {
            fail(XhtmlFault::not_well_formed);
            return;
        }
        open_.pop_back();
    }

    void start_tag() {
        take("<");
        const std::string_view name = take_name();
        const bool is_root = !root_seen_;
        if ((open_.empty() && root_seen_) || open_.size() >= xhtml_depth_max) {
            fail(XhtmlFault::not_well_formed);
            return;
        }
        root_seen_ = true;
        if (!is_allowed_in_narrative(name)) {
            fail(name.empty() ? XhtmlFault::not_well_formed : XhtmlFault::element_not_allowed);
        }
        has_content_ = has_content_ || name == "img";
        bool in_namespace = false;
        while (const auto attribute = take_attribute()) {
            in_namespace =
                in_namespace || (attribute->name == "xmlns" && attribute->value == xhtml_namespace);
            check_attribute(*attribute);
        }
        if (is_root && !in_namespace) {
            fail(XhtmlFault::no_namespace);
        }
        if (take("/>")) {
            return;
        }
        if (!take(">")) {
            fail(XhtmlFault::not_well_formed);
        }
        open_.push_back(name);
    }

    std::optional<Attribute> take_attribute() {
        skip_space();
        Attribute attribute{.name = take_name(), .value = {}};
        if (attribute.name.empty()) {
            return std::nullopt;
        }
        skip_space();
        const bool assigned = take("=");
        skip_space();
        const char quote = rest_.empty() ? '\0' : rest_.front();
        const std::size_t end =
            quote == '"' || quote == '\'' ? rest_.find(quote, 1) : std::string_view::npos;
        if (!assigned || end == std::string_view::npos) {
            fail(XhtmlFault::not_well_formed);
            return std::nullopt;
        }
        attribute.value = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return attribute;
    }

    void check_attribute(const Attribute& attribute) {
        if (runs_code(attribute.name, attribute.value)) {
            fail(XhtmlFault::attribute_not_allowed);
        }
    }

    std::string_view rest_;
    std::vector<std::string_view> open_;
    std::optional<XhtmlFault> fault_;
    bool root_seen_ = false;
    bool has_content_ = false;
};

}  // namespace

std::optional<XhtmlFault> xhtml_fault(std::string_view xhtml) {
    return XhtmlScan(xhtml).run();
}

}  // namespace gateway
