#include "gateway/format/fhir/xml_reader.h"

#include "gateway/base/failure.h"
#include "gateway/format/fhir/xhtml_rules.h"
#include "gateway/format/fhir/xml_tree_builder.h"

namespace gateway {

Document read_fhir_xml(std::shared_ptr<const std::string> bytes,
                       std::shared_ptr<const NameTable> names, const FhirXmlSchema& schema,
                       const FhirXmlLimits& limits) {
    const XmlText text(std::move(bytes), limits.bytes_max);
    XmlTreeBuilder builder(text, std::move(names), schema, limits);
    // Each object may stand in an element of its own and one around it.
    const XmlRules rules{.encoding = text.encoding(),
                         .depth_max = 2 * limits.depth_max + xhtml_depth_max + 2};
    if (const auto fault = parse_xml(*text.utf8(), builder, rules)) {
        builder.fault(fault->code, fault->text, fault->offset);
    }
    if (!builder.issues().empty()) {
        throw Failure(Category::invalid, builder.issues()[0].text, {}, builder.issues());
    }
    return builder.take();
}

}  // namespace gateway
