#include "tests/conformance/fhir_input.h"

#include <filesystem>
#include <stdexcept>

#include "gateway/base/text.h"
#include "gateway/format/fhir/xml_reader.h"
#include "gateway/format/json/reader.h"

namespace gateway::conformance {

Document read_resource(const std::string& path, const FhirXmlSchema& schema,
                       const std::shared_ptr<const NameTable>& names) {
    std::filesystem::path file(path);
    if (!std::filesystem::exists(file)) {
        file.replace_extension(file.extension() == ".xml" ? ".json" : ".xml");
    }
    if (!std::filesystem::exists(file)) {
        throw std::runtime_error("there is no input " + path);
    }
    if (file.extension() == ".xml") {
        return read_fhir_xml(std::make_shared<const std::string>(read_file(file.string())), names,
                             schema, {.manner = FhirXmlLimits::Manner::lenient});
    }
    return read_json(std::make_shared<const std::string>(read_file(file.string())), names);
}

}  // namespace gateway::conformance
