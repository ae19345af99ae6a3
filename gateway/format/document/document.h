// The one tree that every reader fills, every engine works on and every writer renders: FHIR
// resources, HL7 v2 messages, CDA and CSV alike. Nodes live in one arena, 40 bytes each, and are
// named by index, so a document moves cheaply and never dangles. One thread at a time may change
// it; a finished one is read from many.
//
// Shape
//   * A node has a name, perhaps a value, and children in order. A repeated element is a run of
//     siblings of one name, each marked `repeats` (a JSON array of one is still an array).
//   * A FHIR primitive keeps its `id` and `extension` (JSON `_name`) as children beside its value.
//   * Names are those of FHIR JSON: a choice is `valueQuantity`, a resource's type is the value of
//     its child `resourceType`.
//   * An HL7 v2 message: root > segments (`PID`) > fields (`f3`, one node a repetition) >
//     components (`c1`) > subcomponents (`s1`). A part with finer parts has as its value that of
//     its first leaf; a part without keeps its value, and asking it for `c1` or `s1` gives the part
//     itself (`self_first`), so that maps need not know how far a sender divides a field.
//   * Text is a view into buffers that the document owns or shares. Numbers stay text.
//   * `source` is the byte range in the original message; ranges of mapped documents point into
//     the original they came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/format/document/name_table.h"
#include "gateway/format/document/node.h"

namespace gateway {

class Document {
public:
    explicit Document(std::shared_ptr<const NameTable> names);
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    ~Document();

    // The root has no name; it is there from the start.
    NodeId root() const { return 0; }

    std::size_t node_count() const { return nodes_.size(); }

    // --- reading
    NameId name_id(NodeId node) const { return nodes_[node].name; }

    std::string_view name(NodeId node) const { return name_text(nodes_[node].name); }

    std::string_view value(NodeId node) const {
        return {nodes_[node].text, nodes_[node].text_size};
    }

    ValueKind kind(NodeId node) const { return nodes_[node].kind; }

    bool has_value(NodeId node) const {
        return nodes_[node].kind != ValueKind::none && nodes_[node].kind != ValueKind::null;
    }

    bool repeats(NodeId node) const { return nodes_[node].repeats; }

    bool self_first(NodeId node) const { return nodes_[node].self_first; }

    // HL7 v2: empty repetitions directly before this one, which have no nodes (255: or more).
    std::uint8_t skipped(NodeId node) const { return nodes_[node].skipped; }

    SourceRange source(NodeId node) const { return nodes_[node].source; }

    NodeId parent(NodeId node) const { return nodes_[node].parent; }

    NodeId first_child(NodeId node) const {
        const NodeId last = nodes_[node].last_child;
        return last == no_node ? no_node : nodes_[last].next;
    }

    // The sibling after `node`, or no_node.
    NodeId next(NodeId node) const {
        const NodeId parent = nodes_[node].parent;
        return parent == no_node || nodes_[parent].last_child == node ? no_node : nodes_[node].next;
    }

    bool has_children(NodeId node) const { return nodes_[node].last_child != no_node; }

    // The first child of that name, or no_node.
    NodeId child(NodeId node, NameId name) const;
    NodeId child(NodeId node, std::string_view name) const;

    // The value of the first child of that name; empty if there is none.
    std::string_view child_value(NodeId node, std::string_view name) const;

    // The child that says which type of resource the node is, or no_node. Costs nothing where the
    // document holds no resource at all (HL7 v2).
    NodeId type_child(NodeId node) const {
        return holds_resources_ ? child(node, resource_type_) : no_node;
    }

    bool holds_resources() const { return holds_resources_; }

    // `Patient`; empty for what is no resource.
    std::string_view resource_type(NodeId node) const {
        const NodeId found = type_child(node);
        return found == no_node ? std::string_view{} : value(found);
    }

    // Follows names from `node`: at(node, {"subject", "reference"}).
    NodeId at(NodeId node, std::initializer_list<std::string_view> names) const;

    // All children of that name in order.
    std::vector<NodeId> children(NodeId node, std::string_view name) const;

    // How many earlier siblings share the node's name: the index in `name[0]`.
    std::size_t index_among_same(NodeId node) const;

    // FHIRPath-like, from the root: `Bundle.entry[1].resource.birthDate` (an index where
    // `repeats`).
    std::string path(NodeId node) const;

    // --- names
    const NameTable& names() const { return *names_; }

    const std::shared_ptr<const NameTable>& shared_names() const { return names_; }

    // The number of a name in this document: the shared one, or one that this document adds.
    NameId intern(std::string_view name);

    // The same without adding; nothing if the document has never seen the name.
    std::optional<NameId> find_name(std::string_view name) const;

    std::string_view name_text(NameId id) const;

    // --- writing
    NodeId append(NodeId parent, NameId name);

    NodeId append(NodeId parent, std::string_view name) { return append(parent, intern(name)); }

    // A new sibling right behind `before`: keeps the items of a repeated element together.
    NodeId insert_after(NodeId before, NameId name);

    // Sets a value; `set_value` copies the text into the document, `set_value_view` keeps the view
    // (its buffer must be one the document owns or shares).
    void set_value(NodeId node, ValueKind kind, std::string_view text);
    void set_value_view(NodeId node, ValueKind kind, std::string_view text);

    void set_name(NodeId node, NameId name) {
        nodes_[node].name = name;
        holds_resources_ = holds_resources_ || name == resource_type_;
    }

    void set_repeats(NodeId node, bool repeats) { nodes_[node].repeats = repeats; }

    void set_self_first(NodeId node, bool self_first) { nodes_[node].self_first = self_first; }

    void set_skipped(NodeId node, std::uint8_t skipped) { nodes_[node].skipped = skipped; }

    void set_source(NodeId node, SourceRange source) { nodes_[node].source = source; }

    // Unhooks a node from its parent; the node stays in the arena, out of the tree. Cheap for a
    // first child.
    void detach(NodeId node);

    // Hooks a detached node in as the last child. It must not stand above `parent`.
    void attach(NodeId parent, NodeId node);

    // Copies the subtree `from` of another document (its value, children and flags) under `parent`
    // as `name`, or, with the second form, its value and children into `into`. Texts are copied.
    // Must not be given this document itself.
    NodeId copy(const Document& other, NodeId from, NodeId parent, std::string_view name);
    void copy_into(const Document& other, NodeId from, NodeId into);

    // --- buffers
    // Keeps a buffer alive as long as the document: for views into the original bytes.
    void share(std::shared_ptr<const std::string> buffer);

    // A copy of `text` that lives as long as the document.
    std::string_view keep(std::string_view text);

    // Uninitialised room that lives as long as the document, for readers that unescape.
    char* reserve_text(std::size_t size);

    void reserve_nodes(std::size_t count) { nodes_.reserve(count); }

    // Bytes held: nodes, texts and shared buffers.
    std::size_t memory() const;

private:
    struct Texts;

    std::shared_ptr<const NameTable> names_;
    std::vector<Node> nodes_;
    std::unique_ptr<Texts> texts_;
    NameId resource_type_;
    bool holds_resources_ = false;  // some node is or was called `resourceType`
};

}  // namespace gateway
