#include "gateway/format/hl7v2/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/format/document/compare.h"
#include "gateway/format/hl7v2/groups.h"
#include "tests/format/conformance_folder.h"
#include "tests/format/hl7v2/messages.h"

namespace gateway {
namespace {

void set(Document& document, NodeId node, std::string_view value) {
    document.set_value(node, ValueKind::string, value);
}

TEST(Hl7v2Writer, WritesWhatWasRead) {
    const std::string text =
        message({plain_msh, R"(PID|1||a^b&c~~d^^e|""||x\T\y\.br\z\X1B\\E\q)", "ZZZ", "PV1||I"});

    EXPECT_EQ(write_hl7v2(read_message(text)), text);
}

TEST(Hl7v2Writer, CutsTrailingSeparators) {
    EXPECT_EQ(write_hl7v2(read_message("MSH|^~\\&|A|||\nPID|a^^|~|&\n")), "MSH|^~\\&|A\rPID|a\r");
    EXPECT_EQ(write_hl7v2(read_message("MSH|^~\\&||\r")), "MSH|^~\\&\r");
}

TEST(Hl7v2Writer, KeepsTheSeparatorsOfTheDocument) {
    const std::string text = "MSH:*%!+#:A:!P!\rPID::x*y+z%w*!F!!S!!R!!E!!T!!P!|^~\\&\r";

    EXPECT_EQ(write_hl7v2(read_message(text)), text);
}

TEST(Hl7v2Writer, WritesADocumentThatAMapMade) {
    Document document(hl7v2_names());
    const NodeId msh = document.append(document.root(), "MSH");
    const NodeId type = document.append(msh, "f9");
    set(document, document.append(type, "c2"), "I12");
    set(document, document.append(type, "c1"), "RRI");
    set(document, document.append(msh, "f3"), "A|B");
    const NodeId group = document.append(document.root(), "PROVIDER_CONTACT");
    const NodeId prd = document.append(group, "PRD");
    set(document, document.append(prd, "f7"), "1");
    set(document, document.append(prd, "f2"), "x");
    set(document, document.append(prd, "f7"), "a\r\nb\nc\x01");
    set(document, document.append(document.append(prd, "f9"), "c3"), "");
    document.append(document.root(), "PID");

    EXPECT_EQ(write_hl7v2(document),
              "MSH|^~\\&|A\\F\\B||||||RRI^I12\r"
              "PRD||x|||||1~a\\.br\\b\\.br\\c\\X01\\||^^\r"
              "PID\r");
}

TEST(Hl7v2Writer, WritesTheCharactersOfMsh18) {
    const std::string head{R"(MSH|^~\&|A|B|C|D|2026||REF^I12|1|P|2.4||||||)"};
    const auto rewritten = [](const std::string& text) { return write_hl7v2(read_message(text)); };

    for (const std::string& text : {head + "8859/1\rPID|Zo\xEB\r", head + "8859/15\rPID|\xA4 5\r",
                                    head + "UNICODE UTF-8\rPID|Zo\xC3\xAB\r"}) {
        EXPECT_EQ(rewritten(text), text);
    }
    // A character that the set has not: better another set than another character.
    EXPECT_EQ(rewritten(head + "8859/1\rPID|\x92\r"), head + "UNICODE UTF-8\rPID|’\r");
}

TEST(Hl7v2Writer, RefusesADocumentOfAnotherShape) {
    Document no_header(hl7v2_names());
    EXPECT_THROW(write_hl7v2(no_header), std::logic_error);

    Document odd(hl7v2_names());
    odd.append(odd.append(odd.root(), "MSH"), "name");
    EXPECT_THROW(write_hl7v2(odd), std::logic_error);
}

std::vector<std::filesystem::path> samples() {
    std::vector<std::filesystem::path> files;
    if (const auto folder = conformance_folder("hl7v2")) {
        for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

TEST(Hl7v2RoundTrip, WritesEveryPublishedSampleSoThatItReadsTheSame) {
    const auto files = samples();
    if (files.empty()) {
        GTEST_SKIP() << "no conformance folder: set PAINBRIDGE_CONFORMANCE_DIR";
    }
    for (const auto& file : files) {
        const Document once = read_message(read_file(file.string()));
        const std::string written = write_hl7v2(once);
        const Document again = read_message(written);

        EXPECT_TRUE(same_content(once, once.root(), again, again.root())) << file;
        EXPECT_EQ(write_hl7v2(again), written) << file;
    }
}

TEST(Hl7v2RoundTrip, FindsThePlaceOfEverySegmentOfThePublishedReferrals) {
    for (const auto& file : samples()) {
        const std::string text = read_file(file.string());
        Document document = read_message(text);
        const Issues issues = group_segments(document, text);
        for (const Issue& issue : issues) {
            ADD_FAILURE() << render(issue, file.string());
        }
        if (file.filename() == "REF-I12-01.hl7") {
            EXPECT_EQ(document.children(document.root(), "PROVIDER_CONTACT").size(), 2U);
            EXPECT_EQ(write_hl7v2(document), write_hl7v2(read_message(text)));
        }
    }
}

std::optional<Document> read_damaged(std::string bytes) {
    try {
        Document document = read_message(std::move(bytes));
        group_segments(document);
        return document;
    } catch (const Failure& failure) {
        EXPECT_FALSE(failure.external().empty());
        return std::nullopt;
    }
}

const std::string sample = message(
    {R"(MSH|^~\&|APP|FAC^1.2^ISO|R|R|20260102||REF^I12^REF_I12|1|P|2.4||||||8859/1)", "RF1|P|R",
     "PRD|RP|A^B", "PID|1||1&2^^^X&1.2&ISO^MR~2|3|M\xFCller^Zo\xEB", R"(NTE|1||a\.br\b\XE9\c)",
     "OBR|1", "OBX|1|FT|x||long text that goes beyond one vector block of bytes|||~"});

TEST(Hl7v2RoundTrip, ReadsOrRefusesEveryTruncation) {
    for (std::size_t size = 0; size < sample.size(); ++size) {
        if (const auto document = read_damaged(sample.substr(0, size))) {
            EXPECT_FALSE(write_hl7v2(*document).empty());
        }
    }
}

TEST(Hl7v2RoundTrip, ReadsOrRefusesFlippedBytesAndNeverLosesASegment) {
    std::mt19937 random{20260101};
    for (int round = 0; round < 2'000; ++round) {
        std::string bytes = sample;
        const std::size_t flips = 1 + random() % 3;
        for (std::size_t i = 0; i < flips; ++i) {
            bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
        }
        if (const auto document = read_damaged(bytes)) {
            const std::string written = write_hl7v2(*document);
            const auto again = read_damaged(written);
            ASSERT_TRUE(again) << bytes << "\n" << written;
        }
    }
}

}  // namespace
}  // namespace gateway
