#include "gateway/app/cli/fhir_input.h"

#include "gateway/base/text.h"
#include "gateway/engine/definitions/schema_xml.h"
#include "gateway/format/fhir/xml_reader.h"
#include "gateway/format/json/reader.h"

namespace gateway {

bool is_xml(std::string_view bytes) {
    constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
    const std::string_view text =
        trimmed(bytes.substr(bytes.starts_with(utf8_mark) ? utf8_mark.size() : 0, 1024));
    const bool is_utf16 = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") ||
                          bytes.starts_with(std::string_view{"\0<", 2});
    return is_utf16 || text.starts_with('<');
}

Document read_fhir(std::shared_ptr<const std::string> bytes, std::shared_ptr<const Schema> schema,
                   std::shared_ptr<const NameTable> names) {
    if (is_xml(*bytes)) {
        return read_fhir_xml(std::move(bytes), std::move(names), SchemaXml(std::move(schema)));
    }
    return read_json(std::move(bytes), std::move(names));
}

}  // namespace gateway
