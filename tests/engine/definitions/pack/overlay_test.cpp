#include "gateway/engine/definitions/pack/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/failure.h"
#include "gateway/format/json/reader.h"

namespace gateway {
namespace {

ElementFacts element(const std::string& id, std::uint32_t min = 0) {
    ElementFacts facts;
    facts.id = id;
    facts.path = id;
    facts.min = min;
    facts.types = {{.code = "string", .profiles = {}, .targets = {}}};
    return facts;
}

Structure structure(std::vector<ElementFacts> elements) {
    Structure made;
    made.url = "http://example.org/Thing";
    made.name = "Thing";
    made.elements = std::move(elements);
    return made;
}

Overlay read_back(const Overlay& overlay) {
    const auto text = std::make_shared<const std::string>(write_overlay(overlay, "test"));
    return read_overlay(
        read_json(text, std::make_shared<const NameTable>(), {.dialect = JsonDialect::plain}));
}

TEST(Overlay, MadeWrittenAndReadAgainTurnsThePatchedIntoTheOfficial) {
    const Structure patched =
        structure({element("Thing"), element("Thing.foreign"), element("Thing.changed", 0)});
    const Structure official = structure({element("Thing"), element("Thing.first"),
                                          element("Thing.second"), element("Thing.changed", 1)});
    const auto overlay = make_overlay(patched, official);
    ASSERT_TRUE(overlay);
    std::vector<Structure> structures{patched};
    apply_overlay(read_back(*overlay), structures);
    EXPECT_EQ(structures.front(), official);
}

TEST(Overlay, IsNotMadeForEqualStructures) {
    const Structure same = structure({element("Thing")});
    EXPECT_FALSE(make_overlay(same, same));
}

TEST(Overlay, RemovesAForeignStructure) {
    Overlay overlay;
    overlay.url = "http://example.org/Thing";
    overlay.removes_structure = true;
    std::vector<Structure> structures{structure({element("Thing")})};
    apply_overlay(read_back(overlay), structures);
    EXPECT_TRUE(structures.empty());
}

TEST(Overlay, ThatDoesNotFitSaysWhichElement) {
    Overlay overlay;
    overlay.url = "http://example.org/Thing";
    overlay.remove = {"Thing.absent"};
    std::vector<Structure> structures{structure({element("Thing")})};
    try {
        apply_overlay(overlay, structures);
        FAIL() << "applied";
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.external(), testing::HasSubstr("Thing.absent"));
    }
}

}  // namespace
}  // namespace gateway
