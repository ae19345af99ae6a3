#include "gateway/format/json/writer.h"

#include <gtest/gtest.h>

#include "gateway/format/json/reader.h"

namespace gateway {
namespace {

Document empty() {
    return Document{std::make_shared<const NameTable>()};
}

std::string rewritten(const std::string& json, JsonStyle style = JsonStyle::compact) {
    const Document document =
        read_json(std::make_shared<const std::string>(json), std::make_shared<const NameTable>());
    return write_json(document, document.root(), style);
}

TEST(JsonWriter, WritesWhatWasRead) {
    for (const std::string json : {
             R"({"resourceType":"Patient","active":true,"multipleBirthInteger":1.10})",
             R"({"name":[{"given":["A"]},{"family":"B"}]})",
             R"({"given":["A",null,"C"],"_given":[null,{"id":"i1"},{"id":"i2"}]})",
             R"({"_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}})",
             R"({"birthDate":"1970","_birthDate":{"id":"x"}})",
             R"({"_given":[{"id":"i"}]})",
         }) {
        EXPECT_EQ(rewritten(json), json);
    }
}

TEST(JsonWriter, GathersSiblingsOfOneNameAndPutsResourceTypeFirst) {
    Document document = empty();
    document.set_value(document.append(document.root(), "a"), ValueKind::string, "1");
    document.set_value(document.append(document.root(), "b"), ValueKind::number, "2");
    document.set_value(document.append(document.root(), "a"), ValueKind::string, "3");
    document.set_value(document.append(document.root(), "resourceType"), ValueKind::string, "X");

    EXPECT_EQ(write_json(document), R"({"resourceType":"X","a":["1","3"],"b":2})");
}

TEST(JsonWriter, GathersScatteredSiblingsOfAWideObject) {
    Document document = empty();
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 40; ++i) {
            document.set_value(document.append(document.root(), "n" + std::to_string(i)),
                               ValueKind::number, std::to_string(round));
        }
    }
    const std::string json = write_json(document);

    EXPECT_TRUE(json.starts_with(R"({"n0":[0,1],"n1":[0,1],)")) << json;
    EXPECT_TRUE(json.ends_with(R"("n39":[0,1]})")) << json;
}

TEST(JsonWriter, LeavesOutWhatHoldsNothing) {
    Document document = empty();
    document.append(document.append(document.root(), "a"), "b");
    const NodeId item = document.append(document.root(), "c");
    document.set_repeats(item, true);
    document.set_value(document.append(document.root(), "d"), ValueKind::string, "");

    EXPECT_EQ(write_json(document), R"({"d":""})");
    EXPECT_EQ(write_json(empty()), "{}");
}

TEST(JsonWriter, EscapesWhereverTheByteStands) {
    for (std::size_t size = 0; size < 40; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'x');
            text[at] = '\n';
            std::string expected =
                "\"" + std::string(at, 'x') + "\\n" + std::string(size - at - 1, 'x') + "\"";
            std::string out;
            append_json_string(out, text);
            EXPECT_EQ(out, expected);
        }
    }
    std::string out;
    append_json_string(out, std::string_view{"\"\\/\b\f\r\t\x01\x1f\x7f é", 13});
    EXPECT_EQ(out, "\"\\\"\\\\/\\b\\f\\r\\t\\u0001\\u001f\x7f é\"");
}

TEST(JsonWriter, IndentsByTwoSpaces) {
    EXPECT_EQ(rewritten(R"({"a":{"b":[1,2]},"c":"d"})", JsonStyle::pretty),
              "{\n  \"a\": {\n    \"b\": [\n      1,\n      2\n    ]\n  },\n  \"c\": \"d\"\n}\n");
}

TEST(JsonWriter, WritesASubtree) {
    const Document document = read_json(std::make_shared<const std::string>(R"({"a":{"b":"c"}})"),
                                        std::make_shared<const NameTable>());
    const NodeId a = document.child(document.root(), "a");

    EXPECT_EQ(write_json(document, a), R"({"b":"c"})");
    EXPECT_EQ(write_json(document, document.child(a, "b")), R"("c")");
}

}  // namespace
}  // namespace gateway
