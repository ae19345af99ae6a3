#include "gateway/engine/validate/validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "gateway/engine/validate/xhtml_scan.h"
#include "gateway/format/json/reader.h"
#include "tests/engine/validate/support.h"

namespace gateway {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view two_patients = R"({
  "resourceType": "Bundle", "type": "collection",
  "entry": [
    {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
     "resource": {"resourceType": "Patient", "active": true}},
    {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1",
     "resource": {"resourceType": "Patient",
                  "birthDate": "01/02/1970"}}
  ]
})";

TEST(Validator, NamesLineColumnAndPathOfTheFault) {
    const Issues issues = issues_of_json(two_patients);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_EQ(issues[0].path, "Bundle.entry[1].resource.birthDate");
    EXPECT_EQ(issues[0].position, (Position{.line = 8, .column = 32}));
}

TEST(Validator, NamesTheSourceFieldOfAMappedDocument) {
    Document document(shared_names());
    const NodeId root = document.root();
    document.set_value(document.append(root, "resourceType"), ValueKind::string, "Patient");
    const NodeId birth_date = document.append(root, "birthDate");
    document.set_value(birth_date, ValueKind::string, "19700231");
    ValidateOptions options;
    options.source_of = [&](NodeId node) {
        return node == birth_date
                   ? SourceField{.field = "PID-7.1", .position = {.line = 3, .column = 41}}
                   : SourceField{};
    };
    const Issues issues = shared_validator().validate(document, root, options);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_EQ(issues[0].source, "PID-7.1");
    EXPECT_EQ(issues[0].position, (Position{.line = 3, .column = 41}));
    EXPECT_EQ(issues[0].path, "Patient.birthDate");
}

TEST(Validator, NamesTheSourceOfTheNearestNodeAboveWhenTheNodeHasNone) {
    Document document(shared_names());
    const NodeId root = document.root();
    document.set_value(document.append(root, "resourceType"), ValueKind::string, "Patient");
    const NodeId contact = document.append(root, "contact");
    document.set_repeats(contact, true);
    const NodeId gender = document.append(contact, "gender");
    document.set_value(gender, ValueKind::string, "F");
    ValidateOptions options;
    options.source_of = [&](NodeId node) {
        return node == contact ? SourceField{.field = "NK1", .position = {.line = 4, .column = 1}}
                               : SourceField{};
    };
    const Issues issues = shared_validator().validate(document, root, options);
    ASSERT_FALSE(issues.empty());
    EXPECT_EQ(issues[0].source, "NK1");
}

TEST(Validator, ChecksOneResourceOfABundleAlone) {
    const auto bytes = std::make_shared<const std::string>(two_patients);
    const Document document = read_json(bytes, shared_names());
    const auto entries = document.children(document.root(), "entry");
    const Validator& validator = shared_validator();
    EXPECT_TRUE(validator.validate(document, document.child(entries[0], "resource")).empty());
    EXPECT_THAT(texts(validator.validate(document, document.child(entries[1], "resource"))),
                ElementsAre(StartsWith("invalid Bundle.entry[1].resource.birthDate")));
}

TEST(Validator, DoesNotQuoteValues) {
    const Issues issues = issues_of_json(
        R"({"resourceType": "Patient", "id": "S3CRET 1", "gender": "S3CRET",
            "birthDate": "S3CRET", "active": "S3CRET",
            "managingOrganization": {"reference": "S3CRET"}})");
    EXPECT_GE(issues.size(), 5U);
    EXPECT_THAT(texts(issues), Each(testing::Not(HasSubstr("S3CRET"))));
}

TEST(Validator, StopsAfterTheLimitAndSaysSo) {
    std::string names;
    for (int i = 0; i < 50; ++i) {
        names += std::string{i == 0 ? "" : ","} + R"({"use": "wrong"})";
    }
    ValidateOptions options;
    options.issues_max = 10;
    const Issues issues =
        issues_of_json(R"({"resourceType": "Patient", "name": [)" + names + "]}", options);
    ASSERT_EQ(issues.size(), 11U);
    EXPECT_EQ(issues[10].code, "too-costly");
}

TEST(Validator, RefusesNestingWithoutABound) {
    Document document(shared_names());
    document.set_value(document.append(document.root(), "resourceType"), ValueKind::string,
                       "Questionnaire");
    document.set_value(document.append(document.root(), "status"), ValueKind::string, "draft");
    NodeId at = document.root();
    for (int i = 0; i < 10'000; ++i) {
        at = document.append(at, "item");
        document.set_repeats(at, true);
        document.set_value(document.append(at, "linkId"), ValueKind::string, "1");
        document.set_value(document.append(at, "type"), ValueKind::string, "group");
    }
    ValidateOptions options;
    options.invariants = InvariantChecks::skip;
    const Issues issues = shared_validator().validate(document, document.root(), options);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_EQ(issues[0].code, "too-costly");
}

TEST(Validator, RunsInvariantsUnlessToldNotTo) {
    constexpr std::string_view contact_without_anything =
        R"({"resourceType": "Patient", "contact": [{"gender": "male"}]})";
    const Issues run = issues_of_json(contact_without_anything);
    ASSERT_EQ(run.size(), 1U);
    EXPECT_EQ(run[0].rule, "pat-1");
    EXPECT_EQ(run[0].code, "invariant");
    EXPECT_EQ(run[0].path, "Patient.contact[0]");
    EXPECT_TRUE(
        issues_of_json(contact_without_anything, {.invariants = InvariantChecks::skip}).empty());
}

TEST(Validator, CompilesEveryInvariantOfR4) {
    const InvariantCoverage& coverage = shared_validator().coverage();
    EXPECT_THAT(coverage.skipped_keys, IsEmpty());
    EXPECT_EQ(coverage.skipped, 0U);
    EXPECT_GT(coverage.compiled, 150U);
    RecordProperty("native", static_cast<int>(coverage.native));
    RecordProperty("compiled", static_cast<int>(coverage.compiled));
}

TEST(Validator, ServesManyThreads) {
    std::vector<std::jthread> threads;
    std::vector<std::size_t> found(4);
    for (std::size_t& count : found) {
        threads.emplace_back([&count] {
            for (int i = 0; i < 20; ++i) {
                count += issues_of_json(two_patients).size();
            }
        });
    }
    threads.clear();
    EXPECT_THAT(found, Each(20U));
}

TEST(XhtmlScan, NeverPassesOrHangsOnATruncatedNarrative) {
    const std::string sound =
        R"(<div xmlns="http://www.w3.org/1999/xhtml"><p class='a'>text<br/><!-- c --></p></div>)";
    ASSERT_FALSE(xhtml_fault(sound));
    for (std::size_t size = 0; size < sound.size(); ++size) {
        EXPECT_TRUE(xhtml_fault(std::string_view{sound}.substr(0, size))) << size;
    }
}

}  // namespace
}  // namespace gateway
