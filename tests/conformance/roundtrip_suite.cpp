#include "tests/conformance/roundtrip_suite.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "gateway/base/failure.h"
#include "gateway/engine/definitions/schema_xml.h"
#include "gateway/format/document/compare.h"
#include "gateway/format/fhir/xml_reader.h"
#include "gateway/format/fhir/xml_writer.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "tests/conformance/archive.h"

namespace gateway::conformance {
namespace {

// Where two texts part, with a little of both.
std::string difference(std::string_view left, std::string_view right) {
    const auto [at, other] = std::ranges::mismatch(left, right);
    const auto offset = static_cast<std::size_t>(at - left.begin());
    const std::size_t from = offset - std::min<std::size_t>(offset, 30);
    return "before: …" + std::string{left.substr(from, 60)} + "… after: …" +
           std::string{right.substr(from, 60)} + "…";
}

std::string text_of(const Failure& failure) {
    std::string text = failure.internal();
    for (const Issue& issue : failure.issues()) {
        text = render(issue, "");
        break;
    }
    return text;
}

class RoundTrips {
public:
    explicit RoundTrips(SuiteReport& report) : report_(report) {
        auto names = std::make_shared<NameTable>();
        add_schema_names(*names);
        names_ = std::move(names);
        schema_ = std::make_unique<SchemaXml>(Schema::shipped(names_));
    }

    void run(const std::string& name, std::string content) {
        const bool is_json = name.ends_with(".json");
        if (!is_json && !name.ends_with(".xml")) {
            return;
        }
        Outcome outcome{.name = name};
        const auto bytes = std::make_shared<const std::string>(std::move(content));
        if (!is_resource(*bytes, is_json)) {
            outcome.verdict = Verdict::skipped;
            outcome.reason = "no resource";
            report_.add(std::move(outcome));
            return;
        }
        try {
            outcome.reason = is_json ? from_json(bytes) : from_xml(bytes);
        } catch (const Failure& failure) {
            outcome.reason = text_of(failure);
        }
        outcome.verdict = outcome.reason.empty() ? Verdict::passed : Verdict::failed;
        report_.add(std::move(outcome));
    }

private:
    static bool is_resource(std::string_view content, bool is_json) {
        return content.find(is_json ? "\"resourceType\"" : "http://hl7.org/fhir") !=
               std::string_view::npos;
    }

    static std::shared_ptr<const std::string> shared(std::string text) {
        return std::make_shared<const std::string>(std::move(text));
    }

    Document xml(std::string text) const {
        return read_fhir_xml(shared(std::move(text)), names_, *schema_);
    }

    Document json(std::string text) const { return read_json(shared(std::move(text)), names_); }

    std::string xml(const Document& document) const {
        return write_fhir_xml(document, document.root(), *schema_);
    }

    // JSON -> XML -> JSON, and on to XML again.
    std::string from_json(const std::shared_ptr<const std::string>& bytes) const {
        const Document before = read_json(bytes, names_);
        const std::string first = xml(before);
        const Document after = json(write_json(xml(first)));
        if (!same_content(before, 0, after, 0)) {
            return "JSON → XML → JSON differs: " +
                   difference(write_json(before), write_json(after));
        }
        const std::string second = xml(after);
        return first == second ? "" : "XML → JSON → XML differs: " + difference(first, second);
    }

    // XML -> JSON -> XML. The file's own order and layout are not ours: XML is compared as written.
    std::string from_xml(const std::shared_ptr<const std::string>& bytes) const {
        const Document before =
            read_fhir_xml(bytes, names_, *schema_, {.manner = FhirXmlLimits::Manner::lenient});
        const std::string first = xml(before);
        const Document after = json(write_json(before));
        if (!same_content(before, 0, after, 0)) {
            return "XML → JSON differs: " + difference(write_json(before), write_json(after));
        }
        const std::string second = xml(after);
        if (first != second) {
            return "XML → JSON → XML differs: " + difference(first, second);
        }
        return same_content(after, 0, xml(first), 0) ? "" : "JSON → XML → JSON differs";
    }

    SuiteReport& report_;
    std::shared_ptr<const NameTable> names_;
    std::unique_ptr<const SchemaXml> schema_;
};

}  // namespace

void run_roundtrip_suite(const SuiteArguments& arguments, SuiteReport& report) {
    RoundTrips trips(report);
    for_each_file(arguments.path, [&trips](const std::string& name, std::string content) {
        trips.run(name, std::move(content));
    });
}

}  // namespace gateway::conformance
