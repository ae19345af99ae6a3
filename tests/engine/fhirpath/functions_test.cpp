// Every function of the language, each with its empty input and its limits (N1 #functions, and
// those of the current build).
#include <set>

#include "tests/engine/fhirpath/path_fixture.h"

namespace gateway::fhirpath_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(PathTest, FunctionsOfExistence) {
    expect({
        {"link.empty()", {"Boolean:true"}},
        {"name.exists()", {"Boolean:true"}},
        {"name.exists(use = 'nickname')", {"Boolean:false"}},
        {"name.all(given.exists())", {"Boolean:true"}},
        {"link.all(false)", {"Boolean:true"}},
        {"(true | false).allTrue()", {"Boolean:false"}},
        {"{}.allTrue()", {"Boolean:true"}},
        {"(true | false).anyTrue()", {"Boolean:true"}},
        {"{}.anyTrue()", {"Boolean:false"}},
        {"(true | false).allFalse()", {"Boolean:false"}},
        {"{}.allFalse()", {"Boolean:true"}},
        {"(true | false).anyFalse()", {"Boolean:true"}},
        {"{}.anyFalse()", {"Boolean:false"}},
        {"(1 | 2).subsetOf(1 | 2 | 3)", {"Boolean:true"}},
        {"(1 | 4).subsetOf(1 | 2 | 3)", {"Boolean:false"}},
        {"{}.subsetOf(1)", {"Boolean:true"}},
        {"(1 | 2 | 3).supersetOf(2)", {"Boolean:true"}},
        {"name.given.count()", {"Integer:5"}},
        {"name.given.distinct().count()", {"Integer:3"}},
        {"name.given.isDistinct()", {"Boolean:false"}},
        {"{}.isDistinct()", {"Boolean:true"}},
        {"1.combine(1.0).distinct()", {"Integer:1"}},
    });
}

TEST_F(PathTest, FunctionsOfSubsetting) {
    expect({
        {"name.first().use", {"code:official"}},
        {"name.last().use", {"code:maiden"}},
        {"name.tail().use", {"code:usual", "code:maiden"}},
        {"name.skip(2).use", {"code:maiden"}},
        {"name.skip(-1).count()", {"Integer:3"}},
        {"name.take(1).use", {"code:official"}},
        {"name.take(0)", {}},
        {"name.take(99).count()", {"Integer:3"}},
        {"{}.first()", {}},
        {"{}.last()", {}},
        {"{}.tail()", {}},
        {"{}.single()", {}},
        {"(1 | 2 | 3).intersect(3 | 2)", {"Integer:2", "Integer:3"}},
        {"1.combine(1).exclude(2)", {"Integer:1", "Integer:1"}},
        {"1.combine(1).union(2)", {"Integer:1", "Integer:2"}},
        {"name.given.combine('Zoe').count()", {"Integer:6"}},
    });
    EXPECT_THAT(fault("name.single()").text, HasSubstr("there are 3"));
}

TEST_F(PathTest, FunctionsThatIterate) {
    expect({
        {"name.where(family.exists()).use", {"code:official", "code:maiden"}},
        {"name.where(given.count() > 1).select(family)", {"string:Windsor", "string:Chalmers"}},
        {"name.select(given | family).count()", {"Integer:7"}},
        {"'x'.repeat('y')", {"String:y"}},
        {"1.repeat(iif($this < 4, $this + 1, {}))", {"Integer:2", "Integer:3", "Integer:4"}},
        {"(1 | 2).repeatAll(iif($this < 2, $this + 1, {}))", {"Integer:2"}},
        {"coalesce(link, {}, gender)", {"code:female"}},
        {"iif(gender = 'female', 'f', 'm')", {"String:f"}},
        {"iif({}, 1)", {}},
        {"children().count() > 10", {"Boolean:true"}},
        {"name[2].period.children()", {"dateTime:2001-05-06", "dateTime:2002"}},
        {"name.descendants().ofType(dateTime)", {"dateTime:2001-05-06", "dateTime:2002"}},
        {"(3 | 1 | 2).sort()", {"Integer:1", "Integer:2", "Integer:3"}},
        {"(3 | 1 | 2).sort($this desc)", {"Integer:3", "Integer:2", "Integer:1"}},
        {"name.sort(family).use", {"code:usual", "code:maiden", "code:official"}},
        {"name.sort(given.first(), -use).use", {"code:usual", "code:official", "code:maiden"}},
        {"telecom.sort(rank).value", {"string:a@b", "string:01"}},
    });
}

TEST_F(PathTest, RepeatStopsAtValuesItHasSeen) {
    expect({{"1.repeat(($this + 1) mod 3)", {"Integer:2", "Integer:0", "Integer:1"}}});
}

TEST_F(PathTest, FunctionsOfConversion) {
    expect({
        {"'YES'.toBoolean()", {"Boolean:true"}},
        {"'0.0'.toBoolean()", {"Boolean:false"}},
        {"'maybe'.toBoolean()", {}},
        {"1.toBoolean()", {"Boolean:true"}},
        {"'+12'.toInteger()", {"Integer:12"}},
        {"'1.5'.toInteger()", {}},
        {"'3000000000'.toInteger()", {}},
        {"'3000000000'.toLong()", {"Long:3000000000"}},
        {"'1.50'.toDecimal()", {"Decimal:1.50"}},
        {"true.toDecimal()", {"Decimal:1.0"}},
        {"1.50.toString()", {"String:1.50"}},
        {"4 days.toString()", {"String:4 day"}},
        {"(10 'mg').toString()", {"String:10 'mg'"}},
        {"@2015-02-04T14:34Z.toDate()", {"Date:2015-02-04"}},
        {"'2015-02'.toDate()", {"Date:2015-02"}},
        {"'2015-13'.toDate()", {}},
        {"'2015-02-30'.toDate()", {}},
        {"birthDate.toDateTime()", {"DateTime:1974-12-25"}},
        {"'14:34:28'.toTime()", {"Time:14:34:28"}},
        {"'24:00'.toTime()", {}},
        {"'4 days'.toQuantity()", {"Quantity:4 day"}},
        {"'10 \\'mg\\''.toQuantity()", {"Quantity:10 'mg'"}},
        {"'10 mg'.toQuantity()", {}},
        {"90.toQuantity()", {"Quantity:90 '1'"}},
        {"(2 weeks).toQuantity('day')", {"Quantity:14 day"}},
        {"(2 'wk').toQuantity('d')", {"Quantity:14 'd'"}},
        {"(37.0 'Cel').toQuantity('[degF]')", {"Quantity:98.6 '[degF]'"}},
        {"(1 'g').toQuantity('m')", {}},
        {"'a'.convertsToInteger()", {"Boolean:false"}},
        {"{}.convertsToInteger()", {}},
        {"'1'.convertsToInteger()", {"Boolean:true"}},
        {"gender.convertsToString()", {"Boolean:true"}},
        {"{}.toString()", {}},
    });
    EXPECT_THAT(fault("(1 | 2).toString()").text, HasSubstr("there are 2"));
}

TEST_F(PathTest, FunctionsOfStringsCountCharacters) {
    expect({
        {"'naïve'.length()", {"Integer:5"}},
        {"'naïve'.substring(2, 1)", {"String:ï"}},
        {"'naïve'.substring(3)", {"String:ve"}},
        {"'abc'.substring(3)", {}},
        {"'abc'.substring(-1)", {}},
        {"'naïve'.indexOf('v')", {"Integer:3"}},
        {"'abcabc'.lastIndexOf('b')", {"Integer:4"}},
        {"'abc'.indexOf('')", {"Integer:0"}},
        {"'abc'.indexOf('x')", {"Integer:-1"}},
        {"'naïve'.upper()", {"String:NAÏVE"}},
        {"'ÉCOLE ŁÓDŹ ΑΒΓ'.lower()", {"String:école łódź αβγ"}},
        {"'naïve'.toChars().skip(2).first()", {"String:ï"}},
        {"'abc'.startsWith('ab')", {"Boolean:true"}},
        {"'abc'.endsWith('')", {"Boolean:true"}},
        {"'abc'.contains('d')", {"Boolean:false"}},
        {"'abc'.replace('', '-')", {"String:-a-b-c-"}},
        {"'abcabc'.replace('bc', '')", {"String:aa"}},
        {"'  a b '.trim()", {"String:a b"}},
        {"'a,b,,c'.split(',')", {"String:a", "String:b", "String:", "String:c"}},
        {"name.given.join('-')", {"String:Peter-James-Jim-Peter-James"}},
        {"{}.join(',')", {}},
        {"{}.length()", {}},
        {"'abc'.substring({})", {}},
        {"gender.upper()", {"String:FEMALE"}},
    });
}

TEST_F(PathTest, FunctionsOfRegularExpressions) {
    expect({
        {"'2015-02'.matches('\\\\d{4}')", {"Boolean:true"}},
        {"'a\\nb'.matches('a.b')", {"Boolean:true"}},
        {"'abc'.matchesFull('b')", {"Boolean:false"}},
        {"'abc'.matchesFull('a.c')", {"Boolean:true"}},
        {"'abc'.replaceMatches('[bc]', 'x')", {"String:axx"}},
        {"'11/30/1972'.replaceMatches('(?P<m>\\\\d+)/(?P<d>\\\\d+)/(?P<y>\\\\d+)', "
         "'${y}-${m}-${d}')",
         {"String:1972-11-30"}},
        {"'ab'.replaceMatches('(a)(b)', '$2$1')", {"String:ba"}},
        {"'abc'.matches({})", {}},
    });
    EXPECT_THAT(fault("'abc'.matches('(')").text, HasSubstr("no regular expression"));
    EXPECT_THAT(fault("'abc'.replaceMatches('b', '$3')").text, HasSubstr("group"));
}

TEST_F(PathTest, ARegularExpressionThatBacktracksElsewhereIsFast) {
    expect({{"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')",
             {"Boolean:false"}}});
}

TEST_F(PathTest, FunctionsOfCoding) {
    expect({
        {"'a+/?é'.encode('hex')", {"String:612b2f3fc3a9"}},
        {"'612b'.decode('hex')", {"String:a+"}},
        {"'61x'.decode('hex')", {}},
        {"'subjects?_d'.encode('urlbase64')", {"String:c3ViamVjdHM_X2Q="}},
        {"'ab'.encode('base64')", {"String:YWI="}},
        {"'YWI='.decode('base64')", {"String:ab"}},
        {"'ab'.encode('rot13')", {}},
        {"'<\"&\\'>'.escape('html')", {"String:&lt;&quot;&amp;&#39;&gt;"}},
        {"'&lt;b&gt; &amp; &x'.unescape('html')", {"String:<b> & &x"}},
        {"'\"\\\\\\n'.escape('json')", {"String:\\\"\\\\\\n"}},
        {"'\\\\u00e9\\\\n'.unescape('json')", {"String:é\n"}},
    });
}

TEST_F(PathTest, FunctionsOfMathematics) {
    expect({
        {"(-5.5).abs()", {"Decimal:5.5"}},
        {"(-5 'mg').abs()", {"Quantity:5 'mg'"}},
        {"(-1.1).ceiling()", {"Integer:-1"}},
        {"(-1.1).floor()", {"Integer:-2"}},
        {"(-1.9).truncate()", {"Integer:-1"}},
        {"2.5.round()", {"Decimal:3"}},
        {"(-2.5).round()", {"Decimal:-3"}},
        {"3.14159.round(3)", {"Decimal:3.142"}},
        {"2.power(10)", {"Integer:1024"}},
        {"2.5.power(2)", {"Decimal:6.25"}},
        {"2.power(-1)", {"Decimal:0.5"}},
        {"(-1).power(0.5)", {}},
        {"16.sqrt()", {"Decimal:4"}},
        {"(-1).sqrt()", {}},
        {"100.log(10)", {"Decimal:2"}},
        {"0.ln()", {}},
        {"1.ln()", {"Decimal:0"}},
        {"0.exp()", {"Decimal:1"}},
        {"{}.abs()", {}},
    });
    EXPECT_THAT(fault("'a'.abs()").text, HasSubstr("abs()"));
    EXPECT_THAT(fault("1.round(-1)").text, HasSubstr("precision"));
}

TEST_F(PathTest, FunctionsOfBoundaries) {
    expect({
        {"1.587.lowBoundary()", {"Decimal:1.58650000"}},
        {"1.587.highBoundary(2)", {"Decimal:1.59"}},
        {"(-1.587).lowBoundary(2)", {"Decimal:-1.59"}},
        {"1.lowBoundary(32)", {}},
        {"@2014.lowBoundary(6)", {"Date:2014-01"}},
        {"@2014-02.highBoundary(8)", {"Date:2014-02-28"}},
        {"@2014-01-01T08.lowBoundary(17)", {"DateTime:2014-01-01T08:00:00.000+14:00"}},
        {"@2014-01-01T08:05-05:00.highBoundary(17)", {"DateTime:2014-01-01T08:05:59.999-05:00"}},
        {"@T10:30.highBoundary(9)", {"Time:10:30:59.999"}},
        {"1.58700.precision()", {"Integer:5"}},
        {"@2014-01-05T10:30:00.000.precision()", {"Integer:17"}},
        {"@T10:30.precision()", {"Integer:4"}},
        {"(1 hour).comparable(1 'ms')", {"Boolean:true"}},
        {"(1 'kg').comparable(1 's')", {"Boolean:false"}},
        {"{}.lowBoundary()", {}},
    });
}

TEST_F(PathTest, FunctionsOfTime) {
    expect({
        {"now()", {"DateTime:2026-03-04T05:06:07.089Z"}},
        {"today()", {"Date:2026-03-04"}},
        {"timeOfDay()", {"Time:05:06:07.089"}},
        {"now() = now()", {"Boolean:true"}},
    });
    context_.set_offset(-6 * 60);
    expect({
        {"now()", {"DateTime:2026-03-03T23:06:07.089-06:00"}},
        {"today()", {"Date:2026-03-03"}},
    });
}

TEST_F(PathTest, FunctionsOfTypes) {
    expect({
        {"1.type().name", {"String:Integer"}},
        {"1.type().namespace", {"String:System"}},
        {"active.type().name", {"String:boolean"}},
        {"active.type().namespace", {"String:FHIR"}},
        {"gender is string", {"Boolean:true"}},
        {"gender is System.String", {"Boolean:false"}},
        {"gender.ofType(code)", {"code:female"}},
        {"gender.ofType(string)", {}},
        {"gender.as(code)", {"code:female"}},
        {"$this is FHIR.Patient", {"Boolean:true"}},
        {"{} is Patient", {}},
        {"(1 | 'a').ofType(String)", {"String:a"}},
        {"(1 'mg') is Quantity", {"Boolean:true"}},
    });
    EXPECT_THAT(fault("name.as(HumanName)", PathChecks::strict).text, HasSubstr("there are 3"));
    expect({{"name.as(HumanName).use.count()", {"Integer:3"}}});
    EXPECT_THAT(fault("gender.as(Patint)").text, HasSubstr("did you mean 'Patient'"));
}

class Answers final : public PathHost {
public:
    explicit Answers(const Document& document) : document_(document) {}

    std::optional<Value> resolve(std::string_view reference, const Value& /*from*/) override {
        if (reference != "#o1") {
            return std::nullopt;
        }
        return Value::of(document_, document_.child(document_.root(), "contained"));
    }

    std::optional<bool> member_of(const Value& coded, std::string_view value_set) override {
        if (value_set != "urn:genders") {
            return std::nullopt;
        }
        return text_of(coded) == "female";
    }

    void trace(std::string_view name, std::span<const Value> values) override {
        traced.push_back(std::string(name) + ":" + std::to_string(values.size()));
    }

    Collection call(std::string_view function, std::span<const Value> focus,
                    std::span<const Collection> arguments) override {
        called = std::string(function) + "/" + std::to_string(focus.size()) + "/" +
                 std::to_string(arguments.size());
        return arguments.empty() ? Collection{} : arguments[0];
    }

    std::vector<std::string> traced;
    std::string called;

private:
    const Document& document_;
};

TEST_F(PathTest, FunctionsThatAskTheHost) {
    Answers host(patient());
    context_.set_host(&host);
    expect({
        {"managingOrganization.resolve().name", {"string:Clinic"}},
        {"managingOrganization.resolve() is Organization", {"Boolean:true"}},
        {"'urn:nobody'.resolve()", {}},
        {"gender.memberOf('urn:genders')", {"Boolean:true"}},
        {"name.trace('n', given).count()", {"Integer:3"}},
    });
    EXPECT_THAT(host.traced, ElementsAre("n:5"));
    EXPECT_THAT(fault("gender.memberOf('urn:other')").text, HasSubstr("not known"));
}

TEST_F(PathTest, FunctionsThatTheHostAdds) {
    const std::vector<HostFunction> functions{{"pick", 1, 2}};
    CompileContext compile_context{*names_, schema_.get()};
    compile_context.functions = functions;
    Answers host(patient());
    context_.set_host(&host);
    const Collection values = evaluate(compile("name.pick(gender)", compile_context), context_);
    EXPECT_EQ(host.called, "pick/3/1");
    EXPECT_EQ(text_of(values[0]), "female");
    EXPECT_THROW(compile("name.pick()", compile_context), Failure);
}

TEST_F(PathTest, FunctionsWithoutAHostSayThatNobodyKnows) {
    expect({{"managingOrganization.resolve()", {}}, {"name.trace('n').count()", {"Integer:3"}}});
    EXPECT_THAT(fault("gender.memberOf('urn:genders')").text, HasSubstr("cannot be answered"));
    EXPECT_THAT(fault("conformsTo('urn:p')").text, HasSubstr("cannot be answered"));
}

TEST_F(PathTest, EveryFunctionTakesAnEmptyInputWithoutAFault) {
    // Functions whose answer does not depend on the input, or which need more than text arguments.
    const std::set<std::string> others{"iif", "as", "is", "ofType", "defineVariable", "coalesce"};
    for (const std::string& name : fhirpath_function_names()) {
        if (others.contains(name)) {
            continue;
        }
        const std::string call = "{}." + name + "(";
        bool ran = false;
        for (const char* arguments : {")", "{})", "{}, {})"}) {
            try {
                const Program program = compiled(call + arguments);
                (void)evaluate(program, context_);
                ran = true;
            } catch (const Failure& failure) {
                EXPECT_EQ(failure.category(), Category::invalid) << failure.what();
            }
        }
        EXPECT_TRUE(ran) << name;
    }
}

}  // namespace
}  // namespace gateway::fhirpath_test
