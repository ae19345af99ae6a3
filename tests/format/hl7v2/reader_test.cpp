#include "gateway/format/hl7v2/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/failure.h"
#include "tests/format/hl7v2/messages.h"

namespace gateway {
namespace {

using testing::HasSubstr;

Failure refusal(const std::string& text, const Hl7v2Limits& limits = {}) {
    try {
        read_message(text, nullptr, limits);
    } catch (const Failure& failure) {
        return failure;
    }
    ADD_FAILURE() << "was read: " << text;
    return Failure(Category::fault, "was read");
}

// The tree below a node in one line: `f3(c1=A c2=B)`; `*` marks repeats, `0` a null.
std::string drawn(const Document& document, NodeId node) {
    std::string out;
    for (NodeId at = document.first_child(node); at != no_node; at = document.next(at)) {
        out += out.empty() ? "" : " ";
        out += document.name(at);
        out += document.repeats(at) ? "*" : "";
        if (document.has_children(at)) {
            out += "(" + drawn(document, at) + ")";
        } else if (document.kind(at) == ValueKind::null) {
            out += "=0";
        } else if (document.kind(at) != ValueKind::none) {
            out += "=" + std::string{document.value(at)};
        }
    }
    return out;
}

struct ShapeCase {
    const char* name;
    const char* segment;
    const char* drawn;
};

class Hl7v2Shape : public testing::TestWithParam<ShapeCase> {};

TEST_P(Hl7v2Shape, IsThatOfTheSeparators) {
    const Document document = read_segment(GetParam().segment);

    EXPECT_EQ(drawn(document, document.child(document.root(), "PID")), GetParam().drawn);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, Hl7v2Shape,
    testing::Values(ShapeCase{"Nothing", "PID", ""}, ShapeCase{"OnlySeparators", "PID|||", ""},
                    ShapeCase{"PlainFields", "PID|a||c", "f1=a f3=c"},
                    ShapeCase{"Components", "PID|||a^^c", "f3(c1=a c3=c)"},
                    ShapeCase{"FirstComponentEmpty", "PID|||^b", "f3(c2=b)"},
                    ShapeCase{"Subcomponents", "PID|||a&b^c", "f3(c1(s1=a s2=b) c2=c)"},
                    ShapeCase{"SubcomponentsWithoutComponents", "PID|||a&b", "f3(c1(s1=a s2=b))"},
                    ShapeCase{"TrailingSeparators", "PID|||a^^&^|b&|", "f3=a f4=b"},
                    ShapeCase{"TrailingSubcomponents", "PID|||a&&^b", "f3(c1=a c2=b)"},
                    ShapeCase{"EmptyComponents", "PID|||^^&|x", "f4=x"},
                    ShapeCase{"Repetitions", "PID|||a~b^c", "f3*=a f3*(c1=b c2=c)"},
                    ShapeCase{"EmptyRepetitions", "PID|||~~b~", "f3*=b"},
                    ShapeCase{"OneRepetitionAndSeparators", "PID|||a~", "f3=a"},
                    ShapeCase{"OnlyRepetitionSeparators", "PID|||~~", ""},
                    ShapeCase{"ExplicitNull", R"(PID|""||a^""^c)", "f1=0 f3(c1=a c2=0 c3=c)"},
                    ShapeCase{"SpacesAreContent", "PID| ", "f1= "}),
    [](const auto& each) { return each.param.name; });

TEST(Hl7v2Reader, GivesADividedPartTheValueOfItsFirstLeaf) {
    const Document document = read_segment("PID|||a&b^c|^d");
    const NodeId field = document.at(document.root(), {"PID", "f3"});

    EXPECT_EQ(document.value(field), "a");
    EXPECT_EQ(document.value(document.child(field, "c1")), "a");
    EXPECT_FALSE(document.self_first(field));
    EXPECT_TRUE(document.self_first(document.child(field, "c2")));
    EXPECT_FALSE(document.has_value(document.at(document.root(), {"PID", "f4"})));
}

TEST(Hl7v2Reader, KeepsTheNumberOfARepetitionBehindEmptyOnes) {
    const Document document = read_segment("PID|||~~b~~c");
    const auto repetitions = document.children(document.child(document.root(), "PID"), "f3");

    ASSERT_EQ(repetitions.size(), 2U);
    EXPECT_EQ(document.skipped(repetitions[0]), 2);
    EXPECT_EQ(document.skipped(repetitions[1]), 1);
}

TEST(Hl7v2Reader, NumbersTheFieldsOfMshFromItsSeparators) {
    const Document document = read_message(std::string{plain_msh});
    const NodeId msh = document.child(document.root(), "MSH");

    EXPECT_EQ(document.child_value(msh, "f1"), "|");
    EXPECT_EQ(document.child_value(msh, "f2"), "^~\\&");
    EXPECT_EQ(document.child_value(msh, "f3"), "APP");
    EXPECT_EQ(document.child_value(document.child(msh, "f9"), "c2"), "I12");
    EXPECT_EQ(document.child_value(msh, "f12"), "2.4");
    EXPECT_FALSE(document.repeats(msh));
}

TEST(Hl7v2Reader, TakesTheSeparatorsOfTheMessage) {
    const Document document = read_message("MSH:*%!+#:A\rPID:::a*b+c%d*x!S!y\rPV1\r");
    const auto identifiers = document.children(document.child(document.root(), "PID"), "f3");

    ASSERT_EQ(identifiers.size(), 2U);
    EXPECT_EQ(drawn(document, identifiers[0]), "c1=a c2(s1=b s2=c)");
    EXPECT_EQ(document.child_value(identifiers[1], "c2"), "x*y");
}

TEST(Hl7v2Reader, NotesAValueThatTheSenderCut) {
    Issues notes;
    const Document document = read_message("MSH|^~\\&#|A\rNTE|1||long te#|a#b\r", &notes);

    EXPECT_EQ(document.value(document.at(document.root(), {"NTE", "f3"})), "long te#");
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].source, "NTE-3");
}

TEST(Hl7v2Reader, DoesWithoutEscapeAndSubcomponents) {
    const Document document = read_message("MSH|^~|A\rPID|||a&b^c\\F\\d\r");

    EXPECT_EQ(drawn(document, document.at(document.root(), {"PID", "f3"})), "c1=a&b c2=c\\F\\d");
}

struct EscapeCase {
    const char* name;
    const char* raw;
    const char* text;
    std::size_t notes;
};

class Hl7v2Escape : public testing::TestWithParam<EscapeCase> {};

TEST_P(Hl7v2Escape, StandsForItsText) {
    Issues notes;
    const Document document = read_segment(std::string{"NTE|1||"} + GetParam().raw, &notes);

    EXPECT_EQ(document.value(document.at(document.root(), {"NTE", "f3"})), GetParam().text);
    ASSERT_EQ(notes.size(), GetParam().notes);
    for (const Issue& note : notes) {
        EXPECT_EQ(note.source, "NTE-3");
        EXPECT_EQ(note.position, (Position{2, 8}));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Sequences, Hl7v2Escape,
    testing::Values(
        EscapeCase{"Separators", R"(\F\\S\\R\\T\\E\)", R"(|^~&\)", 0},
        EscapeCase{"InTheMiddle", R"(A\T\E-this)", "A&E-this", 0},
        EscapeCase{"Truncation", R"(a\P\)", "a#", 0},
        EscapeCase{"Hexadecimal", R"(\X0D0A\b\Xc3a9\)", "\r\nbé", 0},
        EscapeCase{"HexadecimalLatin1", R"(\XE9\)", "é", 0},
        EscapeCase{"BadHexadecimal", R"(\X1\ \X0G\ \X\ \X00\)", R"(\X1\ \X0G\ \X\ \X00\)", 1},
        EscapeCase{"LineBreak", R"(a\.br\b)", "a\nb", 0},
        EscapeCase{"Spaces", R"(a\.sp2\b\.sp\c\.sk3\d\.ce\e)", "a\n\nb\nc   d\ne", 0},
        EscapeCase{"ManySpaces", R"(\.sp+999999999\)",
                   "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
                   "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
                   "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
                   "\n",
                   0},
        EscapeCase{"Layout", R"(\H\a\N\ \.in+4\b)", "a b", 1},
        EscapeCase{"LocalAndCharacterSets", R"(\Z1\T\C2842\)", R"(\Z1\T\C2842\)", 1},
        EscapeCase{"Unpaired", R"(50\50)", R"(50\50)", 1},
        EscapeCase{"WindowsPath", R"(C:\letters\new\T\old)", R"(C:\letters\new&old)", 1}),
    [](const auto& each) { return each.param.name; });

TEST(Hl7v2Reader, EndsSegmentsAtCrLfOrBothAndIgnoresBomAndBlankLines) {
    const Document document =
        read_message("\xEF\xBB\xBFMSH|^~\\&|A\nPID|1\r\nPV1|1\rNTE|1\n\r\n  \r\n");

    EXPECT_EQ(drawn(document, document.root()),
              "MSH(f1=| f2=^~\\& f3=A) PID*(f1=1) PV1*(f1=1) NTE*(f1=1)");
    EXPECT_EQ(document.source(document.child(document.root(), "MSH")).offset, 3U);
}

TEST(Hl7v2Reader, PointsIntoTheBytesAsSent) {
    const std::string text = message({plain_msh, R"(PID|||a\T\b^c&d~e|f)"});
    const Document document = read_message(text);
    const NodeId pid = document.child(document.root(), "PID");
    const auto slice = [&](NodeId node) {
        return text.substr(document.source(node).offset, document.source(node).length);
    };
    const auto identifiers = document.children(pid, "f3");

    EXPECT_EQ(slice(pid), R"(PID|||a\T\b^c&d~e|f)");
    EXPECT_EQ(slice(identifiers[0]), R"(a\T\b^c&d)");
    EXPECT_EQ(slice(document.child(identifiers[0], "c1")), R"(a\T\b)");
    EXPECT_EQ(slice(document.at(identifiers[0], {"c2", "s2"})), "d");
    EXPECT_EQ(slice(identifiers[1]), "e");
    EXPECT_EQ(slice(document.child(pid, "f4")), "f");
    EXPECT_EQ(slice(document.at(document.root(), {"MSH", "f1"})), "|");
    EXPECT_EQ(slice(document.at(document.root(), {"MSH", "f2"})), R"(^~\&)");
}

TEST(Hl7v2Reader, KeepsViewsIntoTheInputWhereNothingIsEscaped) {
    const auto bytes = std::make_shared<const std::string>(message({plain_msh, "PID|||abc"}));
    const Document document = read_hl7v2(bytes, hl7v2_names());
    const NodeId node = document.at(document.root(), {"PID", "f3"});

    EXPECT_EQ(document.value(node).data(), bytes->data() + document.source(node).offset);
}

struct CharacterCase {
    const char* name;
    std::string msh_18;
    std::string raw;
    std::string text;
    std::size_t notes;
};

class Hl7v2Characters : public testing::TestWithParam<CharacterCase> {};

TEST_P(Hl7v2Characters, AreReadAsMsh18OrTheBytesSay) {
    Issues notes;
    const std::string msh = std::string{plain_msh} + "||||||" + GetParam().msh_18;
    const std::string text = message({msh, "PID|||" + GetParam().raw + "|x"});
    const Document document = read_message(text, &notes);
    const NodeId node = document.at(document.root(), {"PID", "f3"});

    EXPECT_EQ(document.value(node), GetParam().text);
    EXPECT_EQ(text.substr(document.source(node).offset, document.source(node).length),
              GetParam().raw);
    EXPECT_EQ(notes.size(), GetParam().notes);
}

INSTANTIATE_TEST_SUITE_P(
    Sets, Hl7v2Characters,
    testing::Values(CharacterCase{"Utf8Undeclared", "", "Zoë", "Zoë", 0},
                    CharacterCase{"Utf8", "UNICODE UTF-8", "Zoë", "Zoë", 0},
                    CharacterCase{"Latin1Undeclared", "", "Zo\xEB", "Zoë", 1},
                    CharacterCase{"Latin1", "8859/1", "Zo\xEB", "Zoë", 0},
                    CharacterCase{"Latin1ThatLooksLikeUtf8", "8859/1", "Zo\xC3\xAB", "ZoÃ«", 0},
                    CharacterCase{"Latin9", "8859/15", "\xA4 5", "€ 5", 0},
                    CharacterCase{"Windows1252Quotes", "", "O\x92Neill", "O’Neill", 1},
                    CharacterCase{"AsciiThatIsNot", "ASCII", "Zo\xEB", "Zoë", 1},
                    CharacterCase{"FirstRepetition", "UNICODE UTF-8~8859/1", "Zoë", "Zoë", 0}),
    [](const auto& each) { return each.param.name; });

struct FaultCase {
    const char* name;
    std::string text;
    const char* code;
    const char* source;
    Position position;
    const char* words;
};

class Hl7v2Fault : public testing::TestWithParam<FaultCase> {};

TEST_P(Hl7v2Fault, IsRefusedWithFieldPlaceAndFix) {
    const Failure failure = refusal(GetParam().text);

    EXPECT_EQ(failure.category(), Category::invalid);
    ASSERT_EQ(failure.issues().size(), 1U);
    const Issue& issue = failure.issues()[0];
    EXPECT_EQ(issue.code, GetParam().code);
    EXPECT_EQ(issue.source, GetParam().source);
    EXPECT_EQ(issue.position, GetParam().position);
    EXPECT_THAT(issue.text, HasSubstr(GetParam().words));
}

const std::string start = message({plain_msh});

INSTANTIATE_TEST_SUITE_P(
    Faults, Hl7v2Fault,
    testing::Values(
        FaultCase{"Empty", "", "structure", "MSH", {1, 1}, "begins with"},
        FaultCase{"NotHl7", "{\"a\":1}", "structure", "MSH", {1, 1}, "begins with"},
        FaultCase{"PidFirst", "PID|1\r", "structure", "MSH", {1, 1}, "message header"},
        FaultCase{"BareMsh", "MSH", "structure", "MSH-1", {1, 4}, "MSH-1"},
        FaultCase{"LetterAsSeparator", "MSHA^~\\&A", "structure", "MSH-1", {1, 4}, "send `|`"},
        FaultCase{"NoEncodingCharacters", "MSH||A", "structure", "MSH-2", {1, 5}, "MSH-2"},
        FaultCase{"SameCharacterTwice", "MSH|^~^&|A", "structure", "MSH-2", {1, 5}, "different"},
        FaultCase{"TooManyEncodingCharacters",
                  "MSH|^~\\&#!|A",
                  "structure",
                  "MSH-2",
                  {1, 5},
                  "two to five"},
        FaultCase{"FileHeader", "FHS|^~\\&|A\rMSH|", "not-supported", "FHS", {1, 1}, "batch"},
        FaultCase{"BatchHeader", "BHS|^~\\&|A\r", "not-supported", "BHS", {1, 1}, "one by one"},
        FaultCase{"BatchTrailer", start + "BTS|1\r", "not-supported", "BTS", {2, 1}, "batch"},
        FaultCase{"SecondMessage", start + start, "structure", "MSH", {2, 1}, "second message"},
        FaultCase{"BrokenLine",
                  start + "NTE|1||a\r\nand more\rPV1|1\r",
                  "structure",
                  "",
                  {3, 1},
                  "line 3 is no segment"},
        FaultCase{"LowerCaseSegment", start + "pid|1\r", "structure", "", {2, 1}, "no segment"},
        FaultCase{"NoSeparator", start + "PIDX|1\r", "structure", "", {2, 1}, "no segment"},
        FaultCase{"ShortLine", start + "PI", "structure", "", {2, 1}, "no segment"},
        FaultCase{"Nul", start + std::string("PID|a\0b", 7), "invalid", "PID", {2, 6}, "NUL"},
        FaultCase{"NotUtf8",
                  std::string{plain_msh} + "||||||UNICODE UTF-8\rPID|\xEB\r",
                  "invalid",
                  "MSH-18",
                  {2, 5},
                  "MSH-18 says UTF-8"},
        FaultCase{"UnknownCharacterSet",
                  std::string{plain_msh} + "||||||ISO IR87\r",
                  "not-supported",
                  "MSH-18",
                  {1, 75},
                  "does not read"}),
    [](const auto& each) { return each.param.name; });

TEST(Hl7v2Reader, HoldsItsLimits) {
    EXPECT_EQ(refusal(start, {.bytes_max = 10}).category(), Category::too_large);
    EXPECT_EQ(refusal(message({plain_msh, "NTE", "NTE"}), {.segments_max = 2}).category(),
              Category::too_large);
    EXPECT_EQ(refusal(start + "PID|a^b^c^d^e^f", {.nodes_max = 16}).category(),
              Category::too_large);
    EXPECT_EQ(refusal(start + "PID|" + std::string(1200, '|') + "x").issues()[0].source, "PID");
}

TEST(Hl7v2Reader, ReadsFieldsBeyondTheSharedNames) {
    const Document document = read_segment("ZZZ|" + std::string(119, '|') + "x");

    EXPECT_EQ(document.child_value(document.child(document.root(), "ZZZ"), "f120"), "x");
}

TEST(Hl7v2Reader, ReadsALongFieldWhateverStandsInIt) {
    for (std::size_t at = 0; at < 100; ++at) {
        std::string text(100, 'A');
        text[at] = '^';
        const Document document = read_segment("OBX|1|ED|x||" + text + "|y");
        const NodeId obx = document.child(document.root(), "OBX");
        EXPECT_EQ(document.child_value(obx, "f6"), "y") << at;
        const NodeId field = document.child(obx, "f5");
        EXPECT_EQ(document.value(field).size(), at == 99 ? 99 : at) << at;
    }
}

}  // namespace
}  // namespace gateway
