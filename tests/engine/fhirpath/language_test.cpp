// Paths, literals, operators and scopes (N1 #expressions, #operations).
#include "tests/engine/fhirpath/path_fixture.h"

namespace gateway::fhirpath_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(PathTest, WalksElementsAndFlattens) {
    expect({
        {"Patient.name.family", {"string:Windsor", "string:Chalmers"}},
        {"name.given.count()", {"Integer:5"}},
        {"name[1].given", {"string:Jim"}},
        {"name[9].given", {}},
        {"name.`given`.first()", {"string:Peter"}},
        {"`Patient`.id", {"id:p1"}},
        {"Observation.id", {}},
        {"resourceType", {}},
        {"contact.name.family", {"string:du Marché"}},
    });
}

TEST_F(PathTest, ReadsAChoiceByItsStem) {
    expect({
        {"multipleBirth", {"integer:2"}},
        {"multipleBirth is integer", {"Boolean:true"}},
        {"multipleBirthInteger", {"integer:2"}},
        {"multipleBirthString", {}},
        {"birthDate.value", {"date:1974-12-25"}},
        {"extension.value.ofType(date)", {"date:2020-05-01"}},
        {"extension.value.ofType(Quantity).unit", {"string:points"}},
        {"extension('http://example.org/score').value.value", {"decimal:7.50"}},
    });
}

TEST_F(PathTest, SeesTheExtensionsOfAPrimitive) {
    expect({
        {"birthDate.extension('http://example.org/time').value",
         {"dateTime:1974-12-25T14:35:45-05:00"}},
        {"birthDate.extension.url", {"uri:http://example.org/time"}},
        {"birthDate.hasValue()", {"Boolean:true"}},
        {"birthDate.getValue()", {"Date:1974-12-25"}},
        {"name.hasValue()", {"Boolean:false"}},
    });
}

TEST_F(PathTest, KnowsTheTypesOfContainedResources) {
    expect({
        {"contained.ofType(Organization).name", {"string:Clinic"}},
        {"contained.type().name", {"String:Organization"}},
        {"contained.first() is DomainResource", {"Boolean:true"}},
        {"contained.first() is Patient", {"Boolean:false"}},
    });
}

TEST_F(PathTest, ReadsLiterals) {
    expect({
        {"'it\\'s \\u00e9\\n'", {"String:it's é\n"}},
        {"'\\ud83d\\ude00'.length()", {"Integer:1"}},
        {"1.10", {"Decimal:1.10"}},
        {"-7", {"Integer:-7"}},
        {"3000000000L", {"Long:3000000000"}},
        {"@2015-02", {"Date:2015-02"}},
        {"@2015T", {"DateTime:2015"}},
        {"@2015-02-04T14:34:28.123+10:00", {"DateTime:2015-02-04T14:34:28.123+10:00"}},
        {"@T14:34", {"Time:14:34"}},
        {"4 days", {"Quantity:4 day"}},
        {"10 'mg'", {"Quantity:10 'mg'"}},
        {"{}", {}},
        {"true", {"Boolean:true"}},
    });
}

TEST_F(PathTest, SkipsComments) {
    expect({
        {"1 // one\n + 2", {"Integer:3"}},
        {"1 /* one\n */ + 2", {"Integer:3"}},
    });
}

TEST_F(PathTest, BindsOperatorsAsTheSpecificationSays) {
    expect({
        {"1 + 2 * 3", {"Integer:7"}},
        {"(1 + 2) * 3", {"Integer:9"}},
        {"-name.count()", {"Integer:-3"}},
        {"1 | 2 | 3 = 3 | 2", {"Boolean:false"}},
        {"1 + 1 in 1 | 2", {"Boolean:true"}},
        {"true or true and false", {"Boolean:true"}},
        {"false implies false or true", {"Boolean:true"}},
        {"1 < 2 and 2 < 3", {"Boolean:true"}},
        {"5 - 2 - 1", {"Integer:2"}},
        {"1 is Integer", {"Boolean:true"}},
    });
}

TEST_F(PathTest, ReasonsWithThreeTruths) {
    const std::vector<std::string> yes{"Boolean:true"};
    const std::vector<std::string> no{"Boolean:false"};
    const std::vector<std::string> unknown;
    expect({
        {"{} and false", no},
        {"{} and true", unknown},
        {"{} or true", yes},
        {"{} or false", unknown},
        {"{} xor true", unknown},
        {"true xor false", yes},
        {"{} implies true", yes},
        {"{} implies false", unknown},
        {"false implies {}", yes},
        {"true implies {}", unknown},
        {"{}.not()", unknown},
        {"active and name.first()", yes},
    });
}

TEST_F(PathTest, DoesNotEvaluateWhatCannotMatter) {
    expect({
        {"false and name.single().exists()", {"Boolean:false"}},
        {"true or name.single().exists()", {"Boolean:true"}},
        {"false implies name.single().exists()", {"Boolean:true"}},
        {"iif(true, 1, name.single())", {"Integer:1"}},
        {"name.exists(use = 'official' or single())", {"Boolean:true"}},
    });
}

TEST_F(PathTest, ComparesCollectionsInOrderAndEquivalenceInAny) {
    expect({
        {"name.given.first() = 'Peter'", {"Boolean:true"}},
        {"name = name", {"Boolean:true"}},
        {"name.first() = name.last()", {"Boolean:false"}},
        {"(1 | 2) = (2 | 1)", {"Boolean:false"}},
        {"(1 | 2) ~ (2 | 1)", {"Boolean:true"}},
        {"{} = 1", {}},
        {"{} ~ {}", {"Boolean:true"}},
        {"'A  b' ~ 'a B'", {"Boolean:true"}},
        {"'A' = 'a'", {"Boolean:false"}},
        {"1.10 = 1.1", {"Boolean:true"}},
        {"1 = 1.0", {"Boolean:true"}},
        {"0.67 ~ 0.666", {"Boolean:true"}},
        {"'1' = 1", {"Boolean:false"}},
        {"name[0].given = name[2].given", {"Boolean:true"}},
    });
}

TEST_F(PathTest, ComparesDatesAsFarAsTheyAreKnown) {
    expect({
        {"@2018-03 < @2018-03-01", {}},
        {"@2018-02 < @2018-03-01", {"Boolean:true"}},
        {"@2018 = @2018-01", {}},
        {"@2018 ~ @2018-01", {"Boolean:false"}},
        {"@2018-03-01T10:30:00Z = @2018-03-01T12:30:00+02:00", {"Boolean:true"}},
        {"@2018-03-01T10:30:00Z > @2018-03-01T10:30:00", {}},
        {"@2018-03-03T10:30:00Z > @2018-03-01T10:30:00", {"Boolean:true"}},
        {"@2018-03-01T10:30:00.0 = @2018-03-01T10:30:00", {"Boolean:true"}},
        {"@2018-03-01T10:30:00.001 > @2018-03-01T10:30:00", {"Boolean:true"}},
        {"birthDate < today()", {"Boolean:true"}},
        {"birthDate = @1974-12-25", {"Boolean:true"}},
        {"birthDate = '1974-12-25'", {"Boolean:false"}},
        {"@T10:30 < @T10:31:00", {"Boolean:true"}},
        {"@T10:30 < @T10:30:00", {}},
    });
}

TEST_F(PathTest, MovesDatesByTheCalendar) {
    expect({
        {"@2024-01-31 + 1 month", {"Date:2024-02-29"}},
        {"@2024-02-29 + 1 year", {"Date:2025-02-28"}},
        {"@2024-02-29 - 4 years", {"Date:2020-02-29"}},
        {"@2024-03-01 - 1 day", {"Date:2024-02-29"}},
        {"@2024-03-01 + 1.9 days", {"Date:2024-03-02"}},
        {"@2024-03-01 + 2 weeks", {"Date:2024-03-15"}},
        {"@2024 + 13 months", {"Date:2025"}},
        {"@2024-12-31T23:59:59Z + 1 second", {"DateTime:2025-01-01T00:00:00Z"}},
        {"@2024-12-31T23:59:59.5Z + 500 'ms'", {"DateTime:2025-01-01T00:00:00.0Z"}},
        {"@T23:30 + 45 minutes", {"Time:00:15"}},
        {"@T00:30 - 1 hour", {"Time:23:30"}},
        {"@9999-12-31 + 1 day", {}},
        {"@2024-03-01 + 1 'd'", {"Date:2024-03-02"}},
    });
}

TEST_F(PathTest, CalculatesExactly) {
    expect({
        {"0.1 + 0.2 = 0.3", {"Boolean:true"}},
        {"0.1 + 0.2", {"Decimal:0.3"}},
        {"1.20 + 1.80", {"Decimal:3.00"}},
        {"1 / 3 * 3 ~ 1", {"Boolean:true"}},
        {"4 / 2", {"Decimal:2"}},
        {"7 div 2", {"Integer:3"}},
        {"-7 div 2", {"Integer:-3"}},
        {"-7 mod 3", {"Integer:-1"}},
        {"5.5 mod 2", {"Decimal:1.5"}},
        {"1 / 0", {}},
        {"1 div 0", {}},
        {"2147483647 + 1", {}},
        {"2147483647L + 1", {"Long:2147483648"}},
        {"9999999999999999999999999999.5 + 0.5", {"Decimal:10000000000000000000000000000.0"}},
        {"2 'kg' + 3 'kg'", {"Quantity:5 'kg'"}},
        {"2 'kg' * 3", {"Quantity:6 'kg'"}},
        {"6 'kg' / 2 'kg'", {"Quantity:3 '1'"}},
        {"1 hour + 30 minutes", {"Quantity:90 minute"}},
        {"1 'h' + 30 'min'", {"Quantity:90 'min'"}},
        {"3 'm' - 1 'cm'", {"Quantity:299 'cm'"}},
        {"1 'm' + 1 'g'", {}},
        {"2 'cm' * 3 'm'", {"Quantity:6 'cm.m'"}},
        {"6 'g' / 2 '/h'", {"Quantity:3 'g/(1/h)'"}},
        {"5 'g' / 2 'mg'", {"Quantity:2500 '1'"}},
        {"5 'g' / 1 month", {}},
        {"(6 'mg' / 2 days) = 3 'mg/d'", {"Boolean:true"}},
        {"'a' + 'b'", {"String:ab"}},
        {"'a' + {}", {}},
        {"'a' & {} & 'b'", {"String:ab"}},
    });
}

TEST_F(PathTest, ComparesQuantitiesOfOneUnitAndOfTime) {
    expect({
        {"7 days = 1 week", {"Boolean:true"}},
        {"90 minutes > 1 'h'", {"Boolean:true"}},
        {"1 year = 12 months", {"Boolean:true"}},
        {"1 year = 1 'a'", {}},
        {"1 year ~ 1 'a'", {"Boolean:true"}},
        {"1 month > 30 days", {}},
        {"5 'mg' > 4 'mg'", {"Boolean:true"}},
        {"5 'mg' > 4 'g'", {"Boolean:false"}},
        {"1 '[in_i]' = 2.54 'cm'", {"Boolean:true"}},
        {"37 'Cel' = 98.6 '[degF]'", {"Boolean:true"}},
        {"1 'a' = 365.25 'd'", {"Boolean:true"}},
        {"1 'kg' = 1 'm'", {}},
        {"1 '[iU]' = 1 '[arb\\'U]'", {}},
        {"1 'furlong' > 1 'm'", {}},
        {"5 '1' = 5", {"Boolean:true"}},
        {"extension.value.ofType(Quantity) > 7 '{score}'", {"Boolean:true"}},
    });
}

TEST_F(PathTest, KeepsThisIndexAndTotalApart) {
    expect({
        {"name.where($this.use = 'usual').given", {"string:Jim"}},
        {"name.select($index)", {"Integer:0", "Integer:1", "Integer:2"}},
        {"name.select(given.select($index))",
         {"Integer:0", "Integer:1", "Integer:0", "Integer:0", "Integer:1"}},
        {"telecom.rank.aggregate($this + $total, 0)", {"Integer:3"}},
        {"telecom.rank.aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))",
         {"positiveInt:1"}},
        {"name.given.where(substring($this.length() - 3) = 'ter').count()", {"Integer:2"}},
    });
}

TEST_F(PathTest, DefinesVariablesForTheRestOfAChain) {
    expect({
        {"defineVariable('n', name.first()).select(%n.family)", {"string:Windsor"}},
        {"name.defineVariable('all').first().select(%all.count())", {"Integer:3"}},
        {"name.select(defineVariable('u', use).given.first().select($this & %u))",
         {"String:Peterofficial", "String:Jimusual", "String:Petermaiden"}},
        {"defineVariable('v', 1).select(%v) | defineVariable('v', 2).select(%v)",
         {"Integer:1", "Integer:2"}},
    });
    EXPECT_THAT(fault("defineVariable('v', 1).defineVariable('v', 2)").text,
                HasSubstr("already defined"));
    EXPECT_THAT(fault("(1).select(defineVariable('v', 1)) | %v").text, HasSubstr("%v"));
}

TEST_F(PathTest, KnowsTheConstantsOfFhir) {
    expect({
        {"%ucum", {"String:http://unitsofmeasure.org"}},
        {"%sct", {"String:http://snomed.info/sct"}},
        {"%loinc", {"String:http://loinc.org"}},
        {"%`vs-administrative-gender`",
         {"String:http://hl7.org/fhir/ValueSet/administrative-gender"}},
        {"%'ext-patient-birthTime'",
         {"String:http://hl7.org/fhir/StructureDefinition/patient-birthTime"}},
        {"%context.id", {"id:p1"}},
        {"name.select(%resource.id).first()", {"id:p1"}},
    });
}

TEST_F(PathTest, TellsTheResourceFromItsContainer) {
    const NodeId contained = patient().child(patient().root(), "contained");
    context_.set_focus(Value::of(patient(), contained));
    EXPECT_THAT(results("%resource.id"), ElementsAre("id:o1"));
    EXPECT_THAT(results("%rootResource.id"), ElementsAre("id:p1"));
}

TEST_F(PathTest, TakesVariablesFromTheHost) {
    context_.set_variable("limit", Collection{Value::of_integer(2)});
    EXPECT_THAT(results("name.count() > %limit"), ElementsAre("Boolean:true"));
    context_.forget_variable("limit");
    EXPECT_THAT(fault("%limit").text, HasSubstr("no value"));
}

TEST_F(PathTest, FindsTheTypeOfAnyNodeItIsGiven) {
    const NodeId name = patient().child(patient().root(), "name");
    context_.set_focus(Value::of(patient(), name));
    EXPECT_THAT(results("$this"), ElementsAre("HumanName:"));
    EXPECT_THAT(results("use is code"), ElementsAre("Boolean:true"));
}

TEST_F(PathTest, RunsWithoutASchemaByNamesAlone) {
    const Program program = compile("Patient.name.where(use = 'usual').given", {*names_});
    Collection values = evaluate(program, context_);
    ASSERT_EQ(values.size(), 1U);
    EXPECT_EQ(text_of(values[0]), "Jim");
    const Program by_json_name = compile("multipleBirthInteger + 1", {*names_});
    context_.set_focus(Value::of(patient(), patient().root()));
    EXPECT_EQ(text_of(evaluate(by_json_name, context_)[0]), "3");
}

TEST_F(PathTest, WorksOnADocumentWithATableOfItsOwn) {
    auto own = std::make_shared<NameTable>();
    own->add("given");
    const Document document =
        read_json(std::make_shared<const std::string>(
                      R"({"resourceType":"Patient","name":[{"given":["Ann"]}]})"),
                  own);
    context_.set_focus(root_value(document, schema_.get()));
    EXPECT_THAT(results("Patient.name.given.first() = 'Ann'"), ElementsAre("Boolean:true"));
}

TEST_F(PathTest, TakesAnUndividedV2FieldForItsFirstPart) {
    Document message(names_);
    const NodeId pid = message.append(message.root(), "PID");
    const NodeId whole = message.append(pid, "f5");
    message.set_value(whole, ValueKind::string, "WINDSOR");
    message.set_self_first(whole, true);
    context_.set_focus(Value::of(message, message.root()));
    EXPECT_THAT(results("PID.f5.c1"), ElementsAre("node:WINDSOR"));
    EXPECT_THAT(results("PID.f5.c1.s1.lower()"), ElementsAre("String:windsor"));
    EXPECT_THAT(results("PID.f5.c2"), IsEmpty());
    EXPECT_THAT(results("PID.f5.c1 = 'WINDSOR'"), ElementsAre("Boolean:true"));
}

TEST_F(PathTest, ReadsAnUntypedTextAsADateWhereItIsComparedWithOne) {
    Document message(names_);
    const NodeId pid = message.append(message.root(), "PID");
    message.set_value(message.append(pid, "f7"), ValueKind::string, "1974-12-25");
    context_.set_focus(Value::of(message, message.root()));
    EXPECT_THAT(results("PID.f7 < today()"), ElementsAre("Boolean:true"));
    EXPECT_THAT(results("PID.f7 = @1974-12-25"), ElementsAre("Boolean:true"));
}

}  // namespace
}  // namespace gateway::fhirpath_test
