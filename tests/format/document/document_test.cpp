#include "gateway/format/document/document.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::shared_ptr<const NameTable> some_names() {
    auto names = std::make_shared<NameTable>();
    names->add("Patient");
    names->add("name");
    names->add("given");
    return names;
}

TEST(Document, KeepsChildrenInOrder) {
    Document document(some_names());
    const NodeId name = document.append(document.root(), "name");
    for (const char* given : {"Ada", "Mary", "Jo"}) {
        const NodeId node = document.append(name, "given");
        document.set_value(node, ValueKind::string, given);
        document.set_repeats(node, true);
    }
    const auto given = document.children(name, "given");
    ASSERT_EQ(given.size(), 3U);
    EXPECT_EQ(document.value(given[2]), "Jo");
    EXPECT_EQ(document.next(given[2]), no_node);
    EXPECT_EQ(document.path(given[1]), "name.given[1]");
}

TEST(Document, AddsNamesThatTheSharedTableLacks) {
    Document document(some_names());
    const NodeId node = document.append(document.root(), "unheardOf");
    EXPECT_EQ(document.name(node), "unheardOf");
    EXPECT_EQ(document.child(document.root(), "unheardOf"), node);
    EXPECT_EQ(document.find_name("never"), std::nullopt);
}

TEST(Document, DetachesFirstMiddleLastAndOnlyChild) {
    Document document(some_names());
    NodeId made[3];
    for (NodeId& node : made) {
        node = document.append(document.root(), "given");
    }
    document.detach(made[1]);
    EXPECT_EQ(document.next(made[0]), made[2]);
    document.detach(made[2]);
    EXPECT_EQ(document.next(made[0]), no_node);
    document.detach(made[0]);
    EXPECT_FALSE(document.has_children(document.root()));
    EXPECT_NE(document.append(document.root(), "given"), no_node);
}

TEST(Document, CopiesASubtreeOfAnotherDocument) {
    Document source(some_names());
    const NodeId name = source.append(source.root(), "name");
    source.set_value(source.append(name, "local"), ValueKind::number, "1.10");
    Document target(some_names());
    const NodeId copy = target.copy(source, name, target.root(), "other");
    EXPECT_EQ(target.child_value(copy, "local"), "1.10");
    EXPECT_EQ(target.kind(target.child(copy, "local")), ValueKind::number);
}

TEST(Document, KeepsLargeAndSmallTextsApart) {
    Document document(some_names());
    const std::string large(100'000, 'x');
    const std::string_view small = document.keep("small");
    const std::string_view kept = document.keep(large);
    const std::string_view after = document.keep("after");
    EXPECT_EQ(small, "small");
    EXPECT_EQ(kept, large);
    EXPECT_EQ(after, "after");
    Document moved = std::move(document);
    EXPECT_EQ(small, "small");
    EXPECT_GE(moved.memory(), large.size());
}

}  // namespace
}  // namespace gateway
