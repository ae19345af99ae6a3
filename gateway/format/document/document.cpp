#include "gateway/format/document/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace gateway {

namespace {

constexpr std::size_t chunk_size = 16384;
constexpr std::string_view resource_type_name = "resourceType";
constexpr NameId unknown_name = std::numeric_limits<NameId>::max();

}  // namespace

// Everything that a node's text may point into, and the names that only this document knows.
struct Document::Texts {
    std::vector<std::unique_ptr<char[]>> chunks;  // NOLINT(modernize-avoid-c-arrays): raw room
    std::size_t chunk_used = chunk_size;
    std::size_t chunk_bytes = 0;
    std::vector<std::shared_ptr<const std::string>> shared;
    NameTable own_names;
};

Document::Document(std::shared_ptr<const NameTable> names)
    : names_(std::move(names)),
      nodes_(1),
      texts_(std::make_unique<Texts>()),
      resource_type_(names_->find(resource_type_name).value_or(unknown_name)) {
    nodes_[0].name = intern("");
}

Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

NodeId Document::child(NodeId node, NameId name) const {
    const NodeId last = nodes_[node].last_child;
    if (last == no_node) {
        return no_node;
    }
    for (NodeId at = nodes_[last].next;; at = nodes_[at].next) {
        if (nodes_[at].name == name) {
            return at;
        }
        if (at == last) {
            return no_node;
        }
    }
}

NodeId Document::child(NodeId node, std::string_view name) const {
    const auto id = find_name(name);
    return id ? child(node, *id) : no_node;
}

std::string_view Document::child_value(NodeId node, std::string_view name) const {
    const NodeId found = child(node, name);
    return found == no_node ? std::string_view{} : value(found);
}

NodeId Document::at(NodeId node, std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
        if (node == no_node) {
            break;
        }
        node = child(node, name);
    }
    return node;
}

std::vector<NodeId> Document::children(NodeId node, std::string_view name) const {
    std::vector<NodeId> found;
    const auto id = find_name(name);
    if (!id) {
        return found;
    }
    for (NodeId at = first_child(node); at != no_node; at = next(at)) {
        if (nodes_[at].name == *id) {
            found.push_back(at);
        }
    }
    return found;
}

std::size_t Document::index_among_same(NodeId node) const {
    std::size_t index = 0;
    for (NodeId at = first_child(nodes_[node].parent); at != node; at = next(at)) {
        index += static_cast<std::size_t>(nodes_[at].name == nodes_[node].name);
    }
    return index;
}

std::string Document::path(NodeId node) const {
    const NodeId above = nodes_[node].parent;
    if (above == no_node) {
        return std::string{resource_type(node)};
    }
    std::string out = path(above);
    if (!out.empty()) {
        out += '.';
    }
    out += name(node);
    if (nodes_[node].repeats) {
        out += fmt::format("[{}]", index_among_same(node));
    }
    return out;
}

NameId Document::intern(std::string_view name) {
    if (const auto shared = names_->find(name)) {
        return *shared;
    }
    const NameId own = static_cast<NameId>(names_->size()) + texts_->own_names.add(name);
    if (name == resource_type_name) {
        resource_type_ = own;
    }
    return own;
}

std::optional<NameId> Document::find_name(std::string_view name) const {
    if (const auto shared = names_->find(name)) {
        return shared;
    }
    if (const auto own = texts_->own_names.find(name)) {
        return static_cast<NameId>(names_->size()) + *own;
    }
    return std::nullopt;
}

std::string_view Document::name_text(NameId id) const {
    return id < names_->size() ? names_->text(id)
                               : texts_->own_names.text(id - static_cast<NameId>(names_->size()));
}

NodeId Document::append(NodeId parent, NameId name) {
    if (nodes_.size() >= no_node) {
        throw std::length_error("a document holds at most 2^32 - 2 nodes");
    }
    const auto id = static_cast<NodeId>(nodes_.size());
    nodes_.emplace_back();
    set_name(id, name);
    attach(parent, id);
    return id;
}

NodeId Document::insert_after(NodeId before, NameId name) {
    const NodeId above = nodes_[before].parent;
    if (nodes_[above].last_child == before) {
        return append(above, name);
    }
    const auto id = static_cast<NodeId>(nodes_.size());
    Node& node = nodes_.emplace_back();
    set_name(id, name);
    node.parent = above;
    node.next = nodes_[before].next;
    nodes_[before].next = id;
    return id;
}

void Document::attach(NodeId parent, NodeId node) {
    nodes_[node].parent = parent;
    const NodeId last = nodes_[parent].last_child;
    if (last == no_node) {
        nodes_[node].next = node;
    } else {
        nodes_[node].next = nodes_[last].next;
        nodes_[last].next = node;
    }
    nodes_[parent].last_child = node;
}

void Document::set_value(NodeId node, ValueKind kind, std::string_view text) {
    set_value_view(node, kind, keep(text));
}

void Document::set_value_view(NodeId node, ValueKind kind, std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw std::length_error("a value holds at most 4 GiB");
    }
    nodes_[node].kind = kind;
    nodes_[node].text = text.data();
    nodes_[node].text_size = static_cast<std::uint32_t>(text.size());
}

void Document::detach(NodeId node) {
    const NodeId above = nodes_[node].parent;
    NodeId before = nodes_[above].last_child;
    while (nodes_[before].next != node) {
        before = nodes_[before].next;
    }
    nodes_[before].next = nodes_[node].next;
    if (nodes_[above].last_child == node) {
        nodes_[above].last_child = before == node ? no_node : before;
    }
    nodes_[node].parent = no_node;
    nodes_[node].next = no_node;
}

NodeId Document::copy(const Document& other, NodeId from, NodeId parent, std::string_view name) {
    const NodeId made = append(parent, name);
    copy_into(other, from, made);
    return made;
}

void Document::copy_into(const Document& other, NodeId from, NodeId into) {
    if (&other == this) {
        throw std::logic_error("a document cannot copy from itself: its nodes would move");
    }
    const Node& source = other.nodes_[from];
    if (source.kind != ValueKind::none) {
        set_value(into, source.kind, other.value(from));
    }
    nodes_[into].repeats = source.repeats;
    nodes_[into].self_first = source.self_first;
    nodes_[into].skipped = source.skipped;
    nodes_[into].source = source.source;
    for (NodeId at = other.first_child(from); at != no_node; at = other.next(at)) {
        copy(other, at, into, other.name(at));
    }
}

void Document::share(std::shared_ptr<const std::string> buffer) {
    texts_->shared.push_back(std::move(buffer));
}

std::string_view Document::keep(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    char* room = reserve_text(text.size());
    std::memcpy(room, text.data(), text.size());
    return {room, text.size()};
}

char* Document::reserve_text(std::size_t size) {
    if (size > chunk_size / 4) {
        // A large text gets a chunk of its own, put behind the open one.
        texts_->chunks.push_back(std::make_unique_for_overwrite<char[]>(size));
        texts_->chunk_bytes += size;
        char* room = texts_->chunks.back().get();
        if (texts_->chunks.size() > 1) {
            std::swap(texts_->chunks.back(), texts_->chunks[texts_->chunks.size() - 2]);
        } else {
            texts_->chunk_used = chunk_size;
        }
        return room;
    }
    if (texts_->chunk_used + size > chunk_size) {
        texts_->chunks.push_back(std::make_unique_for_overwrite<char[]>(chunk_size));
        texts_->chunk_bytes += chunk_size;
        texts_->chunk_used = 0;
    }
    char* room = texts_->chunks.back().get() + texts_->chunk_used;
    texts_->chunk_used += size;
    return room;
}

std::size_t Document::memory() const {
    std::size_t bytes = nodes_.capacity() * sizeof(Node) + texts_->chunk_bytes;
    for (const auto& buffer : texts_->shared) {
        bytes += buffer->capacity();
    }
    return bytes;
}

}  // namespace gateway
