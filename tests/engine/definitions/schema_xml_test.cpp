#include "gateway/engine/definitions/schema_xml.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

class SchemaXmlTest : public testing::Test {
protected:
    SchemaXmlTest() {
        auto names = std::make_shared<NameTable>();
        add_schema_names(*names);
        names_ = std::move(names);
        schema_ = Schema::shipped(names_);
        xml_ = std::make_unique<SchemaXml>(schema_);
    }

    std::optional<XmlMember> member(std::string_view type, std::string_view name) const {
        return xml_->member(schema_->find_type(type), names_->find(name).value());
    }

    std::shared_ptr<const NameTable> names_;
    std::shared_ptr<const Schema> schema_;
    std::unique_ptr<const SchemaXml> xml_;
};

TEST_F(SchemaXmlTest, KnowsEveryResourceThatCanStandInADocument) {
    std::size_t count = 0;
    for (const Type& type : schema_->types()) {
        count += static_cast<std::size_t>(xml_->resource_type(type.name) != no_xml_type);
    }
    EXPECT_EQ(count, 146U);
    for (const std::string_view name : {"Resource", "DomainResource", "HumanName", "string", "x"}) {
        EXPECT_EQ(xml_->resource_type(name), no_xml_type) << name;
    }
}

TEST_F(SchemaXmlTest, TellsAttributesFromElements) {
    for (const std::string_view type : {"HumanName", "Extension", "string", "Patient.contact"}) {
        EXPECT_EQ(member(type, "id").value().form, XmlForm::attribute) << type;
    }
    EXPECT_EQ(member("Extension", "url").value().form, XmlForm::attribute);
    EXPECT_EQ(member("Patient", "id").value().form, XmlForm::primitive);
    EXPECT_EQ(member("ValueSet", "url").value().form, XmlForm::primitive);
}

TEST_F(SchemaXmlTest, SaysWhatStandsInAnElement) {
    EXPECT_EQ(member("Patient", "name").value().form, XmlForm::object);
    EXPECT_EQ(member("Patient", "contact").value().form, XmlForm::object);
    EXPECT_EQ(member("Patient", "contained").value().form, XmlForm::resource);
    EXPECT_EQ(member("Bundle.entry", "resource").value().form, XmlForm::resource);
    EXPECT_EQ(member("Narrative", "div").value().form, XmlForm::narrative);
    EXPECT_EQ(member("Observation", "valueInteger").value().primitive, Primitive::integer);
    EXPECT_EQ(member("Patient", "active").value().primitive, Primitive::boolean);
    EXPECT_FALSE(member("Observation", "value"));  // the stem of a choice is no name of an element
    EXPECT_FALSE(member("Patient", "status"));
}

TEST_F(SchemaXmlTest, OrdersInheritedElementsFirstAndChoicesTogether) {
    const auto order = [this](std::string_view name) {
        return member("Observation", name).value().order;
    };
    EXPECT_LT(order("id"), order("meta"));
    EXPECT_LT(order("language"), order("text"));
    EXPECT_LT(order("text"), order("contained"));
    EXPECT_LT(order("modifierExtension"), order("identifier"));
    EXPECT_LT(order("code"), order("valueQuantity"));
    EXPECT_EQ(order("valueQuantity"), order("valueString"));
}

TEST_F(SchemaXmlTest, KnowsWhatRepeats) {
    EXPECT_TRUE(member("Patient", "name").value().repeats);
    EXPECT_TRUE(member("string", "extension").value().repeats);
    EXPECT_FALSE(member("Patient", "birthDate").value().repeats);
}

}  // namespace
}  // namespace gateway
