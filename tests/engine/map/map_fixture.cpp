#include "tests/engine/map/map_fixture.h"

#include <gtest/gtest.h>

#include "gateway/base/digest.h"
#include "gateway/format/hl7v2/groups.h"
#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/path.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

// Without an MSH it is FHIR.
bool is_hl7v2(std::string_view text) {
    return text.starts_with("MSH");
}

Document read(const std::shared_ptr<const std::string>& bytes) {
    if (!is_hl7v2(*bytes)) {
        return read_json(bytes, test_names());
    }
    Document document = read_hl7v2(bytes, test_names());
    group_segments(document);
    return document;
}

}  // namespace

const std::shared_ptr<const NameTable>& test_names() {
    static const std::shared_ptr<const NameTable> names = [] {
        auto made = std::make_shared<NameTable>();
        add_schema_names(*made);
        add_hl7v2_names(*made);
        return made;
    }();
    return names;
}

const std::shared_ptr<const Schema>& test_schema() {
    static const std::shared_ptr<const Schema> schema = Schema::shipped(test_names());
    return schema;
}

LinkContext test_link_context() {
    LinkContext context;
    context.names = test_names();
    context.schema = test_schema();
    context.constants = {"partner"};
    return context;
}

std::shared_ptr<const MapSet> linked(std::string text) {
    const MapFile file{"map.fml", std::move(text)};
    LinkedMaps made = link_maps({&file, 1}, test_link_context());
    EXPECT_NE(made.maps, nullptr) << render_faults(made.issues, {&file, 1});
    return made.maps;
}

std::vector<std::string> faults_of(std::string text) {
    const MapFile file{"map.fml", std::move(text)};
    std::vector<std::string> faults;
    for (const Issue& issue : link_maps({&file, 1}, test_link_context()).issues) {
        faults.push_back(std::to_string(issue.position.line) + ":" +
                         std::to_string(issue.position.column) + " " + issue.text);
    }
    return faults;
}

MapInputText::MapInputText(std::string text)
    : bytes_(std::make_shared<const std::string>(std::move(text))), document_(read(bytes_)) {
}

MapContext test_context() {
    MapContext context;
    context.now =
        Instant{std::chrono::sys_days{std::chrono::year{2026} / 2 / 3} + std::chrono::hours{4}};
    context.stable_id = [](std::string_view role, std::span<const std::string_view> parts) {
        std::string all{role};
        for (const std::string_view part : parts) {
            all += '|';
            all += part;
        }
        return to_uuid(hmac_sha256("key", all));
    };
    context.uuid = [] { return std::string{"00000000-0000-4000-8000-000000000001"}; };
    context.zone_offset = [](std::chrono::local_seconds) {
        return std::optional{std::chrono::minutes{600}};
    };
    context.constants = {{"partner", "north-clinic"}};
    context.source_path = [](const Document& document, NodeId node) {
        const NodeId first = document.first_child(document.root());
        const bool hl7v2 = first != no_node && document.name(first) == "MSH";
        return hl7v2 ? field_path(document, node) : document.path(node);
    };
    return context;
}

MapResult run(const MapSet& maps, const MapInputText& source, const MapContext& context) {
    const MapInput input = source.input();
    return run_map(maps, maps.urls().front(), {&input, 1}, context);
}

std::string patient_map(std::string_view rules) {
    return "/// url = 'http://test/map'\n"
           "uses \"http://hl7.org/fhir/StructureDefinition/Patient\" alias Patient as source\n"
           "group g(source src : Patient, target tgt : Patient) {\n" +
           std::string{rules} + "\n}\n";
}

std::string hl7v2_map(std::string_view rules) {
    return "/// url = 'http://test/map'\n"
           "uses \"http://hl7.org/v2/StructureDefinition/REF_I12\" alias REF_I12 as source\n"
           "group g(source src : REF_I12, target tgt : Patient) {\n" +
           std::string{rules} + "\n}\n";
}

std::string mapped(std::string_view rules, std::string source) {
    const auto maps = linked(is_hl7v2(source) ? hl7v2_map(rules) : patient_map(rules));
    if (maps == nullptr) {
        return {};
    }
    const MapInputText input{std::move(source)};
    const MapResult result = run(*maps, input);
    for (const std::string& line : issue_lines(result.issues)) {
        ADD_FAILURE() << line;
    }
    return write_json(result.target);
}

std::vector<std::string> issue_lines(const Issues& issues) {
    std::vector<std::string> lines;
    for (const Issue& issue : issues) {
        std::string line{to_string(issue.severity)};
        line += " " + issue.code + " " + issue.source + " " + std::to_string(issue.position.line) +
                ":" + std::to_string(issue.position.column) + " " + issue.path + ": " + issue.text;
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace gateway
