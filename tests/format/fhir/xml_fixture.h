// FHIR XML and JSON with the schema that the product has.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/engine/definitions/schema_xml.h"
#include "gateway/format/fhir/xml_reader.h"
#include "gateway/format/fhir/xml_writer.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

class XmlFixture {
public:
    XmlFixture() {
        auto names = std::make_shared<NameTable>();
        add_schema_names(*names);
        names_ = std::move(names);
        schema_ = std::make_unique<SchemaXml>(Schema::shipped(names_));
    }

    Document read(std::string xml, const FhirXmlLimits& limits = {}) const {
        return read_fhir_xml(std::make_shared<const std::string>(std::move(xml)), names_, *schema_,
                             limits);
    }

    Document read_json_text(std::string json) const {
        return read_json(std::make_shared<const std::string>(std::move(json)), names_);
    }

    std::string write(const Document& document,
                      FhirXmlStyle::Layout layout = FhirXmlStyle::Layout::compact) const {
        return write_fhir_xml(document, document.root(), *schema_, {.layout = layout});
    }

    std::string to_json(std::string xml) const { return write_json(read(std::move(xml))); }

    // Without the header line and the line end.
    std::string to_xml(std::string json) const {
        const std::string xml = write(read_json_text(std::move(json)));
        const std::size_t begin = xml.find('\n') + 1;
        return xml.substr(begin, xml.size() - begin - 1);
    }

    // Each as `line:column path: text`; empty if it was read.
    std::vector<std::string> read_faults(std::string xml, const FhirXmlLimits& limits = {}) const {
        return faults([&] { read(std::move(xml), limits); });
    }

    // The same of writing.
    std::vector<std::string> write_faults(std::string json) const {
        const Document document = read_json_text(json);
        return faults(
            [&] { write_fhir_xml(document, document.root(), *schema_, {.original = json}); });
    }

private:
    template <typename Act>
    static std::vector<std::string> faults(Act act) {
        std::vector<std::string> found;
        try {
            act();
        } catch (const Failure& failure) {
            for (const Issue& issue : failure.issues()) {
                found.push_back(std::to_string(issue.position.line) + ":" +
                                std::to_string(issue.position.column) + " " + issue.path + ": " +
                                issue.text);
            }
            if (found.empty()) {
                found.push_back(failure.external());
            }
        }
        return found;
    }

    std::shared_ptr<const NameTable> names_;
    std::unique_ptr<const SchemaXml> schema_;
};

}  // namespace gateway
