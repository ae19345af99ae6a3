// Builds the document from the events of a JSON parser: where FHIR's JSON rules live, apart from
// the parser's own types. Faults that do not stop the parsing are gathered; what they stand in is
// passed over. One per parse, on one thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"
#include "gateway/format/json/reader.h"

namespace gateway {

class JsonTreeBuilder {
public:
    JsonTreeBuilder(std::shared_ptr<const std::string> input,
                    std::shared_ptr<const NameTable> names, const JsonLimits& limits);

    // `offset` is that of the first byte of what the event is about.
    void start_object(std::size_t offset);
    void key(std::string_view name, std::size_t offset);
    void end_object(std::size_t end);
    void start_array(std::size_t offset);
    void end_array();
    void string(std::string_view decoded, std::size_t offset);
    void word(ValueKind kind, std::size_t offset, std::size_t length);  // a number, true, null

    // Adds a fault where the parser stands; the parse may go on.
    void fault(std::string_view code, std::string text, std::size_t offset);

    // Where the parser stands: `Patient.name[1]`.
    std::string path() const;

    const Issues& issues() const { return issues_; }

    Document take() { return std::move(document_); }

private:
    // One name in one object, whether as `name`, `_name` or both.
    struct Member {
        NameId name = 0;
        NodeId first = no_node;
        NodeId last = no_node;
        bool has_values = false;     // `name` was there
        bool has_companion = false;  // `_name` was there
        bool holds_objects = false;
        bool repeats = false;
    };

    // An open object, and its member whose value is being read.
    struct Frame {
        NodeId node = no_node;
        std::size_t members_begin = 0;
        std::size_t member = 0;
        NodeId cursor = no_node;  // the next node that the other half of the member has made
        NodeId array_last = no_node;
        std::size_t array_offset = 0;
        bool companion = false;
        bool in_array = false;
        bool pass_over = false;  // the member is at fault
    };

    Frame& top() { return frames_.back(); }

    bool passing_over();

    bool is_fhir() const { return limits_.dialect == JsonDialect::fhir; }

    NameId intern(std::string_view name);
    std::size_t member_of(Frame& frame, NameId name);
    NodeId next_node();
    void check_form(Member& member, std::size_t offset);
    bool accept_null(std::size_t offset);
    bool refuse_root_value(std::size_t offset);
    void check_decoded(std::string_view decoded, std::size_t offset);
    std::string_view view_of(std::string_view decoded, std::size_t offset);
    void push(NodeId node, std::size_t offset);

    static constexpr std::size_t name_cache_size = 512;
    static constexpr std::size_t linear_members_max = 48;

    struct CachedName {
        std::string_view text;
        NameId id = 0;
    };

    std::shared_ptr<const std::string> input_;
    JsonLimits limits_;
    Document document_;
    std::vector<Frame> frames_;
    std::vector<Member> members_;  // of all open objects, innermost last
    std::unordered_map<std::uint64_t, std::size_t> wide_members_;  // of objects with many members
    std::array<CachedName, name_cache_size> name_cache_{};
    std::size_t ignored_depth_ = 0;
    bool root_seen_ = false;
    Issues issues_;
};

}  // namespace gateway
