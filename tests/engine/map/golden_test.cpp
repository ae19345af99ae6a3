// tests/golden/map/<source>/<message>/<case>: every message, through the shipped maps, with a fixed
// clock and id key, against what the standard demands (`.expect`, FHIRPath) and what came out last
// time (`.out.json` or `.out.hl7`, `.ledger.json`, `.issues.txt`). UPDATE_GOLDEN=1 writes the
// latter instead; read the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "gateway/base/digest.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/engine/fhirpath/program.h"
#include "gateway/engine/map/explain.h"
#include "gateway/engine/map/map_set.h"
#include "gateway/engine/map/runner.h"
#include "gateway/engine/validate/validator.h"
#include "gateway/format/fhir/operation_outcome.h"
#include "gateway/format/hl7v2/groups.h"
#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/path.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/format/hl7v2/writer.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "tests/engine/map/golden_case.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

bool update() {
    return std::getenv("UPDATE_GOLDEN") != nullptr;
}

std::shared_ptr<const NameTable> all_names() {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    add_hl7v2_names(*names);
    return names;
}

std::vector<MapFile> shipped_maps() {
    std::vector<MapFile> files;
    const fs::path root = fs::path{PAINBRIDGE_ROOT} / "mappings";
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.path().extension() == ".fml") {
            files.push_back(
                {fs::relative(entry.path(), root).generic_string(), text_of_file(entry.path())});
        }
    }
    std::ranges::sort(files, {}, &MapFile::name);
    return files;
}

// Names, schema, maps and validator: as the product makes them at its start.
struct Engine {
    std::shared_ptr<const NameTable> names = all_names();
    std::shared_ptr<const Schema> schema = Schema::shipped(names);
    std::shared_ptr<const MapSet> maps;
    std::string faults;
    Validator validator{schema};

    Engine() {
        const std::vector<MapFile> files = shipped_maps();
        LinkContext context{names, schema};
        context.constants = {"messageSha256", "gatewayName", "gatewayFacility", "gatewayEndpoint"};
        const LinkedMaps linked = link_maps(files, context);
        maps = linked.maps;
        faults = render_faults(linked.issues, files);
    }
};

const Engine& engine() {
    static const Engine made;
    return made;
}

MapContext context_for(const std::string& bytes) {
    MapContext context;
    context.now =
        Instant{std::chrono::sys_days{std::chrono::year{2026} / 5 / 12}} + std::chrono::hours{1};
    context.stable_id = [](std::string_view role, std::span<const std::string_view> parts) {
        std::string key{role};
        for (const std::string_view part : parts) {
            key.append("\x1f").append(part);
        }
        return to_uuid(hmac_sha256("a key for tests only, of 32 bytes", key));
    };
    context.constants = {{"messageSha256", to_hex(sha256(bytes))},
                         {"gatewayName", "painbridge"},
                         {"gatewayFacility", "painbridge"},
                         {"gatewayEndpoint", "https://painbridge.invalid/fhir"}};
    context.source_path = [](const Document& document, NodeId node) {
        return document.child(document.root(), "MSH") != no_node ? field_path(document, node)
                                                                 : document.path(node);
    };
    return context;
}

// One source of a run: bytes and tree.
struct Source {
    std::shared_ptr<const std::string> bytes;
    Document document;

    MapInput input() const { return {document, *bytes}; }
};

Source hl7v2_source(std::string text) {
    auto bytes = std::make_shared<const std::string>(std::move(text));
    Document document = read_hl7v2(bytes, engine().names);
    group_segments(document);
    return {bytes, std::move(document)};
}

Source json_source(const fs::path& file) {
    auto bytes = std::make_shared<const std::string>(text_of_file(file));
    return {bytes, read_json(bytes, engine().names)};
}

// A run and what can be asked of it. `sources` must outlive it.
class GoldenRun {
public:
    GoldenRun(const GoldenCase& golden, const std::vector<Source>& sources)
        : url_(golden.map_url), result_(run(sources)) {
        issues_ = result_.issues;
        if (is_fhir()) {
            ValidateOptions options;
            options.source_of = [this](NodeId node) {
                const auto place = source_place(view(), node);
                return place ? SourceField{place->path, place->position} : SourceField{};
            };
            issues_.append(engine().validator.validate(output(), output().root(), options));
        }
    }

    const Document& output() const { return result_.target; }

    bool is_fhir() const { return output().child(output().root(), "resourceType") != no_node; }

    const Issues& issues() const { return issues_; }

    // Without the digest of the maps, which every change of theirs changes.
    Document ledger() const {
        Document ledger = ledger_document(view());
        ledger.detach(ledger.child(ledger.root(), "digest"));
        return ledger;
    }

private:
    MapResult run(const std::vector<Source>& sources) {
        for (const Source& source : sources) {
            inputs_.push_back(source.input());
        }
        context_ = context_for(*sources.front().bytes);
        return run_map(*engine().maps, url_, inputs_, context_);
    }

    RunView view() const { return {*engine().maps, url_, inputs_, result_, context_.source_path}; }

    std::string url_;
    std::vector<MapInput> inputs_;
    MapContext context_;
    MapResult result_;
    Issues issues_;
};

// Finds what a reference names among the entries of the Bundle.
class BundleHost final : public PathHost {
public:
    explicit BundleHost(const Document& bundle) : bundle_(bundle) {}

    std::optional<Value> resolve(std::string_view reference, const Value&) override {
        for (const NodeId entry : bundle_.children(bundle_.root(), "entry")) {
            if (bundle_.child_value(entry, "fullUrl") == reference) {
                const NodeId resource = bundle_.child(entry, "resource");
                const auto type =
                    engine().schema->find_type(bundle_.child_value(resource, "resourceType"));
                return Value::of(bundle_, resource, type);
            }
        }
        return std::nullopt;
    }

private:
    const Document& bundle_;
};

void expect_holds(const Expectation& expectation, const Document& document) {
    SCOPED_TRACE(".expect:" + std::to_string(expectation.line) + ": " + expectation.expression);
    try {
        const Program program = compile(
            expectation.expression, {.names = document.names(), .schema = engine().schema.get()});
        BundleHost host(document);
        EvaluationContext context;
        context.set_focus(root_value(document, engine().schema.get()));
        context.set_host(&host);
        const Collection found = evaluate(program, context);
        EXPECT_TRUE(found.size() == 1 && text_of(found[0]) == "true") << [&] {
            std::string shown = "gave";
            for (const Value& value : found) {
                shown.append(" ").append(text_of(value).substr(0, 80));
            }
            return found.empty() ? std::string{"gave nothing"} : shown;
        }();
    } catch (const Failure& failure) {
        ADD_FAILURE() << failure.what();
    }
}

std::string issue_lines(const Issues& issues) {
    std::string text;
    for (const Issue& issue : issues) {
        const std::string& place = issue.source.empty() ? issue.path : issue.source;
        text.append(to_string(issue.severity)).append(" ").append(issue.code).append(" ");
        text.append(place).append(": ").append(issue.text).append("\n");
    }
    return text;
}

std::string output_text(const Document& output, bool is_fhir) {
    if (is_fhir) {
        return write_json(output, output.root(), JsonStyle::pretty) + "\n";
    }
    std::string text = write_hl7v2(output);
    std::ranges::replace(text, '\r', '\n');
    return text;
}

// Without the line numbers of rules: a new rule would change every leaf behind it.
std::string without_lines(std::string text) {
    constexpr std::string_view ending = ".fml:";
    for (std::size_t at = text.find(ending); at != std::string::npos; at = text.find(ending, at)) {
        at += ending.size() - 1;
        text.erase(at, text.find_first_not_of("0123456789", at + 1) - at);
    }
    return text;
}

// One leaf a line.
std::string ledger_text(const Document& ledger) {
    std::string text = without_lines(write_json(ledger));
    constexpr std::string_view between = R"(},{"path")";
    for (std::size_t at = text.find(between); at != std::string::npos;
         at = text.find(between, at + between.size())) {
        text.insert(at + 2, "\n");
    }
    return text + "\n";
}

void expect_golden(const GoldenCase& golden, const std::string& suffix, const std::string& actual) {
    const fs::path file = golden.beside(suffix);
    if (update()) {
        fs::remove(file);
        if (!actual.empty()) {
            std::ofstream(file, std::ios::binary) << actual;
        }
        return;
    }
    if (!fs::exists(file)) {
        EXPECT_EQ(actual, "") << file.filename()
                              << " is missing: run with UPDATE_GOLDEN=1 and read what it wrote";
        return;
    }
    EXPECT_EQ(difference(text_of_file(file), actual), "") << file.filename();
}

class Golden : public testing::TestWithParam<GoldenCase> {};

TEST_P(Golden, MapsAsTheStandardSaysAndAsBefore) {
    const GoldenCase& golden = GetParam();
    ASSERT_EQ(engine().faults, "");
    if (golden.published && !fs::exists(golden.input)) {
        GTEST_SKIP() << "published material is not here: " << golden.input;
    }
    std::vector<Source> sources;
    sources.push_back(hl7v2_source(text_of_file(golden.input)));
    if (fs::exists(golden.answer)) {
        sources.push_back(json_source(golden.answer));
    }
    const GoldenRun run(golden, sources);
    // What goes out as v2 is asked as its receiver reads it.
    const auto sent =
        run.is_fhir() ? std::nullopt : std::optional{hl7v2_source(write_hl7v2(run.output()))};
    const Document& output = sent ? sent->document : run.output();
    const Document ledger = run.ledger();
    const Document outcome = operation_outcome(run.issues(), engine().names);
    bool errors_expected = false;
    for (const Expectation& expectation : expectations_of(golden)) {
        const bool of_issues = expectation.of == Expectation::Of::issues;
        errors_expected |= of_issues && expectation.expression.find("'error'") != std::string::npos;
        expect_holds(expectation, of_issues                                   ? outcome
                                  : expectation.of == Expectation::Of::ledger ? ledger
                                                                              : output);
    }
    EXPECT_EQ(run.issues().has_errors(), errors_expected) << issue_lines(run.issues());
    if (!golden.published) {
        expect_golden(golden, run.is_fhir() ? ".out.json" : ".out.hl7",
                      output_text(run.output(), run.is_fhir()));
        expect_golden(golden, ".ledger.json", ledger_text(ledger));
        expect_golden(golden, ".issues.txt", issue_lines(run.issues()));
    }
}

INSTANTIATE_TEST_SUITE_P(Map, Golden, testing::ValuesIn(golden_cases()), [](const auto& parameter) {
    std::string name = parameter.param.name;
    std::ranges::replace_if(
        name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

TEST(GoldenMaps, HaveACaseEach) {
    std::set<std::string> mapped;
    for (const GoldenCase& golden : golden_cases()) {
        mapped.insert(golden.map_url);
    }
    ASSERT_EQ(engine().faults, "");
    for (const std::string_view url : engine().maps->urls()) {
        const bool entry = url.find("/segment/") == std::string_view::npos &&
                           url.find("/datatype/") == std::string_view::npos;
        EXPECT_TRUE(!entry || mapped.contains(std::string{url}))
            << url << " has no case under tests/golden/map";
    }
}

}  // namespace
}  // namespace gateway
