#include "tests/engine/validate/support.h"

#include "gateway/format/json/reader.h"

namespace gateway {

const std::shared_ptr<const NameTable>& shared_names() {
    static const std::shared_ptr<const NameTable> names = [] {
        auto made = std::make_shared<NameTable>();
        add_schema_names(*made);
        return made;
    }();
    return names;
}

const Validator& shared_validator() {
    static const Validator validator(Schema::shipped(shared_names()));
    return validator;
}

Issues issues_of_json(std::string_view json, ValidateOptions options) {
    const auto bytes = std::make_shared<const std::string>(json);
    const Document document = read_json(bytes, shared_names());
    options.original = *bytes;
    return shared_validator().validate(document, document.root(), options);
}

std::vector<std::string> texts(const Issues& issues) {
    std::vector<std::string> out;
    for (const Issue& issue : issues) {
        const std::string severity = issue.severity == Severity::error ? "" : "warning ";
        out.push_back(severity + issue.code + " " + issue.path + ": " + issue.text);
    }
    return out;
}

}  // namespace gateway
