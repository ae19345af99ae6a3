#include "tests/engine/fhirpath/path_fixture.h"

namespace gateway::fhirpath_test {
namespace {

constexpr std::string_view patient_json = R"({
  "resourceType": "Patient", "id": "p1", "active": true,
  "extension": [{"url": "http://example.org/since", "valueDate": "2020-05-01"},
                {"url": "http://example.org/score", "valueQuantity":
                  {"value": 7.50, "unit": "points", "system": "http://unitsofmeasure.org",
                   "code": "{score}"}}],
  "identifier": [{"system": "urn:x", "value": "9434765919"}],
  "name": [
    {"use": "official", "family": "Windsor", "given": ["Peter", "James"]},
    {"use": "usual", "given": ["Jim"]},
    {"use": "maiden", "family": "Chalmers", "given": ["Peter", "James"],
     "period": {"start": "2001-05-06", "end": "2002"}}],
  "telecom": [{"system": "phone", "value": "01", "rank": 2},
              {"system": "email", "value": "a@b", "rank": 1}],
  "gender": "female",
  "birthDate": "1974-12-25",
  "_birthDate": {"extension": [{"url": "http://example.org/time",
                                "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
  "multipleBirthInteger": 2,
  "contact": [{"name": {"family": "du Marché"}, "gender": "male"}],
  "contained": [{"resourceType": "Organization", "id": "o1", "name": "Clinic"}],
  "managingOrganization": {"reference": "#o1"}
})";

std::shared_ptr<const NameTable> all_names() {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    for (const char* name : {"PID", "f5", "c1", "s1"}) {
        names->add(name);  // as for HL7 v2
    }
    return names;
}

}  // namespace

PathTest::PathTest()
    : names_(all_names()), schema_(Schema::shipped(names_)), patient_(read(patient_json)) {
    context_.set_focus(root_value(patient_, schema_.get()));
    // 2026-03-04T05:06:07.089Z
    context_.set_now(Instant{std::chrono::milliseconds{1'772'600'767'089}});
}

Document PathTest::read(std::string_view json) const {
    return read_json(std::make_shared<const std::string>(json), names_);
}

Program PathTest::compiled(std::string_view expression, PathChecks checks) const {
    CompileContext context{*names_, schema_.get()};
    context.checks = checks;
    if (checks == PathChecks::strict) {
        context.focus_type = "Patient";
    }
    return compile(expression, context);
}

std::vector<std::string> PathTest::results(std::string_view expression) {
    return shown(evaluate(compiled(expression), context_));
}

std::vector<std::string> PathTest::shown(const Collection& values) const {
    std::vector<std::string> texts;
    for (const Value& value : values) {
        std::string type(name_of(value.type()));
        if (value.is_node() && value.node_type() != no_type) {
            type = schema_->type(value.node_type()).name;
        }
        texts.push_back(type + ":" + text_of(value));
    }
    return texts;
}

Issue PathTest::fault(std::string_view expression, PathChecks checks) {
    try {
        const Collection values = evaluate(compiled(expression, checks), context_);
        ADD_FAILURE() << expression << " did not fail, but gave "
                      << testing::PrintToString(shown(values));
    } catch (const Failure& failure) {
        if (failure.issues().size() == 1) {
            return failure.issues()[0];
        }
        ADD_FAILURE() << expression << " failed without an issue: " << failure.what();
    }
    return {};
}

void PathTest::expect(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        try {
            EXPECT_EQ(results(one.expression), one.results) << one.expression;
        } catch (const Failure& failure) {
            ADD_FAILURE() << failure.what();
        }
    }
}

}  // namespace gateway::fhirpath_test
