#include "gateway/format/json/tree_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

// Compact R4 JSON has a node per 25 to 40 bytes.
constexpr std::size_t bytes_per_node = 32;
constexpr std::size_t reserved_nodes_max = std::size_t{1} << 20;

SourceRange range(std::size_t offset, std::size_t length) {
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)};
}

// Whether an odd number of backslashes stands before `at`.
bool is_escaped(std::string_view input, std::size_t at) {
    std::size_t first = at;
    while (input[first - 1] == '\\') {
        --first;
    }
    return (at - first) % 2 == 1;
}

// The length of the string token whose opening quote stands at `offset`, quotes included. The
// parser has seen its end.
std::size_t token_length(std::string_view input, std::size_t offset) {
    std::size_t at = input.find('"', offset + 1);
    while (is_escaped(input, at)) {
        at = input.find('"', at + 1);
    }
    return at + 1 - offset;
}

// A surrogate half encoded on its own: RapidJSON lets `\uDC00` alone through.
bool has_lone_surrogate(std::string_view decoded) {
    for (std::size_t at = decoded.find('\xED'); at != std::string_view::npos;
         at = decoded.find('\xED', at + 1)) {
        if (at + 1 < decoded.size() && static_cast<unsigned char>(decoded[at + 1]) >= 0xA0) {
            return true;
        }
    }
    return false;
}

std::size_t cache_slot(std::string_view name) {
    if (name.empty()) {
        return 0;
    }
    const auto byte = [name](std::size_t at) -> std::size_t {
        return static_cast<unsigned char>(name[at]);
    };
    return name.size() * 131 + byte(0) * 31 + byte(name.size() / 2) * 17 +
           byte(name.size() - 1) * 7;
}

}  // namespace

JsonTreeBuilder::JsonTreeBuilder(std::shared_ptr<const std::string> input,
                                 std::shared_ptr<const NameTable> names, const JsonLimits& limits)
    : input_(std::move(input)), limits_(limits), document_(std::move(names)) {
    document_.share(input_);
    document_.reserve_nodes(std::min(input_->size() / bytes_per_node + 1, reserved_nodes_max));
}

void JsonTreeBuilder::start_object(std::size_t offset) {
    if (!root_seen_) {
        root_seen_ = true;
        push(document_.root(), offset);
        return;
    }
    if (passing_over()) {
        ++ignored_depth_;
        return;
    }
    Frame& frame = top();
    Member& member = members_[frame.member];
    member.holds_objects |= !frame.companion;
    if (member.holds_objects && member.has_companion) {
        fault("structure",
              "a name with an underscore goes with a primitive, but this element is an object; "
              "put id and extension into the object itself",
              offset);
        frame.pass_over = true;
        ++ignored_depth_;
        return;
    }
    const bool companion = frame.companion;
    const NodeId node = next_node();
    if (companion && !document_.has_value(node)) {
        document_.set_value_view(node, ValueKind::null, {});
    }
    push(node, offset);
}

void JsonTreeBuilder::push(NodeId node, std::size_t offset) {
    if (frames_.size() >= limits_.depth_max) {
        fault("too-long",
              fmt::format("objects are nested deeper than {} levels; flatten the content or raise "
                          "the limit",
                          limits_.depth_max),
              offset);
        throw Failure(Category::too_large, "the JSON is nested too deep", {}, issues_);
    }
    if (!document_.has_value(node)) {
        document_.set_source(node, range(offset, 0));
    }
    Frame frame;
    frame.node = node;
    frame.members_begin = members_.size();
    frames_.push_back(frame);
}

void JsonTreeBuilder::end_object(std::size_t end) {
    if (ignored_depth_ > 0) {
        --ignored_depth_;
        return;
    }
    const NodeId node = top().node;
    const SourceRange source = document_.source(node);
    if (members_.size() == top().members_begin && is_fhir()) {
        fault("structure",
              "this object is empty, which FHIR JSON does not allow; leave the element out",
              source.offset);
    }
    if (source.length == 0) {
        document_.set_source(node, range(source.offset, end - source.offset));
    }
    members_.resize(top().members_begin);
    frames_.pop_back();
}

void JsonTreeBuilder::key(std::string_view name, std::size_t offset) {
    if (ignored_depth_ > 0) {
        return;
    }
    Frame& frame = top();
    frame.pass_over = false;
    frame.in_array = false;
    frame.companion = is_fhir() && name.size() > 1 && name[0] == '_';
    frame.member = member_of(frame, intern(frame.companion ? name.substr(1) : name));
    if (name.empty()) {
        fault("structure", "a member has an empty name; name it or leave it out", offset);
        frame.pass_over = true;
        return;
    }
    check_decoded(name, offset);
    Member& member = members_[frame.member];
    bool& seen = frame.companion ? member.has_companion : member.has_values;
    if (seen) {
        fault("structure",
              "this name stands twice in the object, so that readers may disagree about its value; "
              "keep one of the two",
              offset);
        frame.pass_over = true;
        return;
    }
    seen = true;
    frame.cursor = member.first;
}

std::size_t JsonTreeBuilder::member_of(Frame& frame, NameId name) {
    const std::size_t count = members_.size() - frame.members_begin;
    const auto wide_key = [&](NameId id) { return (std::uint64_t{frame.node} << 32U) | id; };
    if (count <= linear_members_max) {
        for (std::size_t i = frame.members_begin; i < members_.size(); ++i) {
            if (members_[i].name == name) {
                return i;
            }
        }
        if (count == linear_members_max) {
            for (std::size_t i = frame.members_begin; i < members_.size(); ++i) {
                wide_members_[wide_key(members_[i].name)] = i;
            }
        }
    } else if (const auto known = wide_members_.find(wide_key(name));
               known != wide_members_.end()) {
        return known->second;
    }
    if (count >= linear_members_max) {
        wide_members_[wide_key(name)] = members_.size();
    }
    members_.emplace_back().name = name;
    return members_.size() - 1;
}

NameId JsonTreeBuilder::intern(std::string_view name) {
    CachedName& cached = name_cache_[cache_slot(name) % name_cache_size];
    if (cached.text != name || name.empty()) {
        cached.id = document_.intern(name);
        cached.text = document_.name_text(cached.id);
    }
    return cached.id;
}

void JsonTreeBuilder::start_array(std::size_t offset) {
    if (!root_seen_) {
        refuse_root_value(offset);
        ++ignored_depth_;
        return;
    }
    if (passing_over()) {
        ++ignored_depth_;
        return;
    }
    Frame& frame = top();
    if (frame.in_array) {
        fault("structure",
              "an array stands directly in an array, which no document of this gateway has; "
              "flatten it",
              offset);
        frame.pass_over = true;
        ++ignored_depth_;
        return;
    }
    frame.in_array = true;
    frame.array_last = no_node;
    frame.array_offset = offset;
}

void JsonTreeBuilder::end_array() {
    if (ignored_depth_ > 0) {
        --ignored_depth_;
        return;
    }
    Frame& frame = top();
    if (frame.array_last == no_node && is_fhir() && !frame.pass_over) {
        fault("structure",
              "this array is empty, which FHIR JSON does not allow; leave the element out",
              frame.array_offset);
    }
    frame.in_array = false;
}

void JsonTreeBuilder::string(std::string_view decoded, std::size_t offset) {
    if (refuse_root_value(offset) || passing_over()) {
        return;
    }
    if (top().companion) {
        fault("structure",
              "a name with an underscore holds an object with id and extension; move this value to "
              "the name without the underscore",
              offset);
        return;
    }
    const NodeId node = next_node();
    const std::string_view text = view_of(decoded, offset);
    document_.set_value_view(node, ValueKind::string, text);
    const bool in_input = text.data() == input_->data() + offset + 1;
    document_.set_source(node,
                         range(offset, in_input ? text.size() + 2 : token_length(*input_, offset)));
}

// Without escapes the text stands in the input as it is; else the document keeps a copy.
std::string_view JsonTreeBuilder::view_of(std::string_view decoded, std::size_t offset) {
    const std::string_view input = *input_;
    const std::size_t begin = offset + 1;
    if (begin + decoded.size() < input.size() && input[begin + decoded.size()] == '"' &&
        std::memcmp(input.data() + begin, decoded.data(), decoded.size()) == 0) {
        return input.substr(begin, decoded.size());
    }
    check_decoded(decoded, offset);
    return document_.keep(decoded);
}

void JsonTreeBuilder::check_decoded(std::string_view decoded, std::size_t offset) {
    if (has_lone_surrogate(decoded)) {
        fault("invalid",
              "a \\u escape names one half of a surrogate pair only; write both halves or the "
              "character itself",
              offset);
    }
    if (decoded.find('\0') != std::string_view::npos) {
        fault("invalid", "\\u0000 stands for no character of a text; leave it out", offset);
    }
}

void JsonTreeBuilder::word(ValueKind kind, std::size_t offset, std::size_t length) {
    if (refuse_root_value(offset) || passing_over()) {
        return;
    }
    if (kind == ValueKind::null && !accept_null(offset)) {
        return;
    }
    if (top().companion && kind != ValueKind::null) {
        fault("structure",
              "a name with an underscore holds an object with id and extension; move this value to "
              "the name without the underscore",
              offset);
        return;
    }
    const bool companion = top().companion;
    const NodeId node = next_node();
    if (companion && document_.kind(node) != ValueKind::none) {
        return;  // a gap beside a value
    }
    const std::string_view text = std::string_view{*input_}.substr(offset, length);
    document_.set_value_view(node, kind, kind == ValueKind::null ? std::string_view{} : text);
    document_.set_source(node, range(offset, length));
}

bool JsonTreeBuilder::accept_null(std::size_t offset) {
    if (!is_fhir() || top().in_array) {
        return true;
    }
    fault("structure",
          "null stands in FHIR JSON only for gaps in arrays of primitives; leave the element out",
          offset);
    return false;
}

NodeId JsonTreeBuilder::next_node() {
    Frame& frame = top();
    Member& member = members_[frame.member];
    if (document_.node_count() > limits_.nodes_max) {
        throw Failure(
            Category::too_large,
            fmt::format("the JSON holds more than {} values; send it in parts", limits_.nodes_max));
    }
    NodeId node = frame.cursor;
    if (node != no_node) {
        check_form(member, document_.source(node).offset);
        frame.cursor = node == member.last ? no_node : document_.next(node);
    } else {
        node = member.last == no_node ? document_.append(frame.node, member.name)
                                      : document_.insert_after(member.last, member.name);
        if (member.first == no_node) {
            member.first = node;
            member.repeats = frame.in_array;
        }
        member.last = node;
        document_.set_repeats(node, frame.in_array);
    }
    frame.array_last = node;
    return node;
}

// `name` and `_name` are both arrays or both single.
void JsonTreeBuilder::check_form(Member& member, std::size_t offset) {
    if (member.repeats != top().in_array) {
        fault("structure",
              "an element and its companion with the underscore must both be arrays or both be "
              "single; make them alike",
              offset);
        member.repeats = top().in_array;
    }
}

bool JsonTreeBuilder::passing_over() {
    return ignored_depth_ > 0 || (!frames_.empty() && top().pass_over);
}

bool JsonTreeBuilder::refuse_root_value(std::size_t offset) {
    if (root_seen_) {
        return false;
    }
    root_seen_ = true;
    fault("structure", "the content must be one JSON object, `{ … }`; wrap it or send its items",
          offset);
    return true;
}

void JsonTreeBuilder::fault(std::string_view code, std::string text, std::size_t offset) {
    Issue issue;
    issue.code = code;
    issue.path = path();
    issue.text = std::move(text);
    issue.position = position_at(*input_, offset);
    issues_.add(std::move(issue));
    if (issues_.size() >= limits_.issues_max) {
        throw Failure(Category::invalid,
                      fmt::format("the JSON has {} faults or more", limits_.issues_max), {},
                      issues_);
    }
}

std::string JsonTreeBuilder::path() const {
    if (frames_.empty()) {
        return {};
    }
    const Frame& frame = frames_.back();
    std::string path = document_.path(frame.node);
    if (frame.member >= frame.members_begin && frame.member < members_.size()) {
        path += path.empty() ? "" : ".";
        path += document_.name_text(members_[frame.member].name);
    }
    return path;
}

}  // namespace gateway
