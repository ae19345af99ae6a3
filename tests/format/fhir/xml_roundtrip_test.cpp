// The official examples through XML and back, with nothing lost; damaged bytes never do harm.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "gateway/base/text.h"
#include "gateway/format/document/compare.h"
#include "tests/format/conformance_folder.h"
#include "tests/format/fhir/xml_fixture.h"

namespace gateway {
namespace {

class FhirXmlRoundTrip : public testing::Test {
protected:
    // What is read is written again; nothing for what is refused, with its reason.
    std::optional<std::string> read_and_write(std::string xml) const {
        try {
            return fixture_.write(fixture_.read(std::move(xml)));
        } catch (const Failure& failure) {
            EXPECT_FALSE(failure.external().empty());
            return std::nullopt;
        }
    }

    XmlFixture fixture_;
};

TEST_F(FhirXmlRoundTrip, LosesNothingOfTheOfficialExamples) {
    const auto folder = conformance_folder("r4/examples");
    if (!folder) {
        GTEST_SKIP() << "no conformance folder: set PAINBRIDGE_CONFORMANCE_DIR";
    }
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        ++count;
        const Document before = fixture_.read_json_text(read_file(entry.path().string()));
        const std::string compact = fixture_.write(before);
        const std::string pretty = fixture_.write(before, FhirXmlStyle::Layout::pretty);
        const Document after = fixture_.read(compact);
        EXPECT_TRUE(same_content(before, 0, after, 0)) << entry.path();
        EXPECT_EQ(fixture_.write(after), compact) << entry.path();
        EXPECT_EQ(fixture_.write(fixture_.read(pretty)), compact) << entry.path();
    }
    EXPECT_GT(count, 300U);
}

const std::string sample =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<Patient xmlns=\"http://hl7.org/fhir\"><!-- c --><text><status value=\"generated\"/>"
    "<div xmlns=\"http://www.w3.org/1999/xhtml\">a &amp; <b>b</b></div></text><contained>"
    "<Organization><id value=\"o\"/></Organization></contained><extension url=\"u\">"
    "<valueDecimal value=\"1.50e-3\"/></extension><active value=\"true\"/><name>"
    "<given value=\"M\xC3\xBCller&#10;\"/><given id=\"g\"><extension url=\"u\">"
    "<valueCode value=\"c\"/></extension></given></name></Patient>";

TEST_F(FhirXmlRoundTrip, RefusesEveryTruncation) {
    ASSERT_TRUE(read_and_write(sample));
    for (std::size_t size = 0; size < sample.size(); ++size) {
        EXPECT_FALSE(read_and_write(sample.substr(0, size))) << size;
    }
}

TEST_F(FhirXmlRoundTrip, ReadsOrRefusesFlippedBytes) {
    std::mt19937 random{20260101};
    for (int round = 0; round < 5'000; ++round) {
        std::string bytes = sample;
        const std::size_t flips = 1 + random() % 3;
        for (std::size_t i = 0; i < flips; ++i) {
            bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
        }
        if (const auto once = read_and_write(bytes)) {
            EXPECT_EQ(read_and_write(*once), once) << bytes;
        }
    }
}

}  // namespace
}  // namespace gateway
