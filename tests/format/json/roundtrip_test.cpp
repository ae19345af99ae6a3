// The official examples: what is read is written again, with nothing lost, and damaged bytes never
// do harm.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <random>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/format/document/compare.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "tests/format/conformance_folder.h"

namespace gateway {
namespace {

std::vector<std::string> examples() {
    std::vector<std::string> files;
    if (const auto folder = conformance_folder("r4/examples")) {
        for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
            if (entry.path().extension() == ".json") {
                files.push_back(entry.path().string());
            }
        }
    }
    std::ranges::sort(files);
    return files;
}

// Without white space between tokens: the writer's compact form, made without the writer.
std::string minified(std::string_view json) {
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (in_string && json[i] == '\\') {
            out += json[i++];
        } else if (json[i] == '"') {
            in_string = !in_string;
        }
        if (in_string || std::string_view{" \t\r\n"}.find(json[i]) == std::string_view::npos) {
            out += json[i];
        }
    }
    return out;
}

TEST(JsonRoundTrip, WritesEveryOfficialExampleAsItWas) {
    const auto names = std::make_shared<const NameTable>();
    const auto files = examples();
    if (files.empty()) {
        GTEST_SKIP() << "no conformance folder: set PAINBRIDGE_CONFORMANCE_DIR";
    }
    std::size_t verbatim = 0;
    for (const std::string& file : files) {
        const auto bytes = std::make_shared<const std::string>(read_file(file));
        const Document document = read_json(bytes, names);
        const auto compact = std::make_shared<const std::string>(write_json(document));
        const auto pretty = std::make_shared<const std::string>(
            write_json(document, document.root(), JsonStyle::pretty));
        const Document again = read_json(compact, names);
        const Document once_more = read_json(pretty, names);

        EXPECT_TRUE(same_content(document, 0, again, 0)) << file;
        EXPECT_TRUE(same_content(document, 0, once_more, 0)) << file;
        verbatim += static_cast<std::size_t>(minified(*bytes) == *compact);
    }
    // The rest differ in escapes that need not be, or in the order of `name` and `_name`.
    std::cout << verbatim << " of " << files.size() << " examples are written byte for byte\n";
    EXPECT_GT(verbatim, files.size() / 2);
}

std::optional<Document> read_damaged(std::string bytes) {
    try {
        return read_json(std::make_shared<const std::string>(std::move(bytes)),
                         std::make_shared<const NameTable>());
    } catch (const Failure& failure) {
        EXPECT_FALSE(failure.external().empty());
        return std::nullopt;
    }
}

const std::string sample =
    R"({"resourceType":"Patient","name":[{"family":"M\u00fcller","given":["A",null],)"
    R"("_given":[null,{"id":"x"}]}],"birthDate":"1970","_birthDate":{"extension":[{"url":)"
    R"("u","valueDecimal":1.50e-3}]},"text":{"div":"<div>a\n\"b\"</div>"}})";

TEST(JsonRoundTrip, RefusesEveryTruncation) {
    for (std::size_t size = 0; size < sample.size(); ++size) {
        EXPECT_FALSE(read_damaged(sample.substr(0, size))) << size;
    }
}

TEST(JsonRoundTrip, ReadsOrRefusesFlippedBytes) {
    std::mt19937 random{20260101};
    for (int round = 0; round < 5'000; ++round) {
        std::string bytes = sample;
        const std::size_t flips = 1 + random() % 3;
        for (std::size_t i = 0; i < flips; ++i) {
            bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
        }
        if (const auto document = read_damaged(bytes)) {
            EXPECT_TRUE(read_damaged(write_json(*document))) << bytes;
        }
    }
}

}  // namespace
}  // namespace gateway
