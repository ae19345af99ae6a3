// The account of the source and the answers to "where does this come from".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/format/json/writer.h"
#include "tests/engine/map/map_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* message =
    "MSH|^~\\&|A|B|C|D|20260203||REF^I12^REF_I12|1|P|2.4\r"
    "PID|||12^^^X||Doe^Jo||19700101|F|||||555~556\r";

class Accounted {
public:
    explicit Accounted(std::string_view rules)
        : maps_(linked(hl7v2_map(rules))), source_(message), result_(run(*maps_, source_)) {}

    // "mapped", or "dropped: reason", of a place.
    std::string state(std::string_view path) const {
        const Document ledger = ledger_document(view());
        for (const NodeId leaf : ledger.children(ledger.root(), "leaves")) {
            if (ledger.child_value(leaf, "path") == path) {
                const std::string_view reason = ledger.child_value(leaf, "reason");
                return std::string{ledger.child_value(leaf, "state")} +
                       (reason.empty() ? "" : ": " + std::string{reason});
            }
        }
        return "no such leaf";
    }

    RunView view() const {
        input_.clear();
        input_.push_back(source_.input());
        return {*maps_, "http://test/map", input_, result_, test_context().source_path};
    }

    const MapResult& result() const { return result_; }

private:
    std::shared_ptr<const MapSet> maps_;
    MapInputText source_;
    MapResult result_;
    mutable std::vector<MapInput> input_;
};

TEST(MapLedger, SaysMappedOnlyWhereTheValueArrived) {
    const Accounted run{
        "src.PID as p then { p.f5 as n -> tgt.name as h, h.family = n.c1;"
        " p.f8 as s where (s = 'F') -> tgt.gender = 'female'; p.f7 as b -> tgt.active = b; };"};
    EXPECT_EQ(run.state("PID-5.1"), "mapped");
    EXPECT_EQ(run.state("PID-5.2"), "unused");
    EXPECT_EQ(run.state("PID-8"), "used");
    EXPECT_EQ(run.state("PID-7"), "unused");  // no boolean, so it did not arrive
}

TEST(MapLedger, FollowsValuesThroughExpressionsAndVariables) {
    const Accounted run{
        "src.PID as p -> (p.f5.c2 & ' ' & p.f5.c1) as full then { p -> tgt.name as n, n.text = "
        "full; };\n"
        "src.PID as p -> tgt.telecom as t, t.value = (p.f13.first());"};
    EXPECT_EQ(run.state("PID-5.1"), "mapped");
    EXPECT_EQ(run.state("PID-5.2"), "mapped");
    EXPECT_EQ(run.state("PID-13"), "mapped");
    EXPECT_EQ(run.state("PID-13[2]"), "unused");
}

TEST(MapLedger, CountsAnIdAsUsedNotConserved) {
    const Accounted run{
        "src.PID as p -> stableId('patient', p.f3) as i, tgt.id = i, tgt.implicitRules = "
        "append('x', i);"};
    EXPECT_EQ(run.state("PID-3.1"), "used");
}

TEST(MapLedger, KnowsDeliberateLossAndItsReason) {
    const Accounted run{
        "src.PID as p then { p.f3 as x log('dropped: not ours'); p.f5 as x log('carried: kept in "
        "the letter');"
        " p.f5.c1 as x -> tgt.name as n, n.family = x; };"};
    EXPECT_EQ(run.state("PID-3.1"), "dropped: not ours");
    EXPECT_EQ(run.state("PID-3.4"), "dropped: not ours");
    EXPECT_EQ(run.state("PID-5.2"), "carried: kept in the letter");
    EXPECT_EQ(run.state("PID-5.1"), "mapped");
    EXPECT_EQ(run.state("MSH-3"), "unused");
}

TEST(MapLedger, CountsEveryLeafOnce) {
    const Accounted run{"src.PID as p then { p.f5.c1 as x -> tgt.name as n, n.family = x; };"};
    const Ledger::Counts counts = run.result().ledgers[0].counts(MapInputText{message}.document());
    EXPECT_EQ(counts.mapped, 1U);
    EXPECT_EQ(counts.mapped + counts.unused, 21U);
}

TEST(MapExplain, NamesFieldPlaceAndRule) {
    const Accounted run{
        "src.PID as p then { p.f5 as n -> tgt.name as h, h.family = n.c1, h.use = 'usual' "
        "\"names\"; };"};
    const auto family = explain(run.view(), "Patient.name[0].family");
    ASSERT_TRUE(family);
    EXPECT_THAT(family->sources, ElementsAre("PID-5.1"));
    EXPECT_THAT(family->positions, ElementsAre((Position{2, 15})));
    EXPECT_FALSE(family->from_context);
    EXPECT_EQ(to_string(family->rule), "http://test/map#g \"names\" (map.fml:4)");
    const auto use = explain(run.view(), "name.use");
    ASSERT_TRUE(use);
    EXPECT_TRUE(use->from_context);
    EXPECT_THAT(use->sources, ElementsAre("PID-5"));
    EXPECT_FALSE(explain(run.view(), "Patient.birthDate"));
    EXPECT_FALSE(explain(run.view(), "Patient.name[1]"));
}

TEST(MapExplain, GivesTheValidatorTheNearestSource) {
    const Accounted run{"src.PID as p then { p.f7 as b -> tgt.birthDate = v2Date(b); };"};
    const Document& target = run.result().target;
    const auto place = source_place(run.view(), target.child(target.root(), "birthDate"));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->path, "PID-7");
    EXPECT_EQ(place->position, (Position{2, 23}));
    EXPECT_FALSE(source_place(run.view(), target.root()));
}

}  // namespace
}  // namespace gateway
