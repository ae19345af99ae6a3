#include "gateway/engine/map/transform_names.h"

#include <algorithm>
#include <array>

namespace gateway {

namespace {

constexpr std::size_t any = 50;

constexpr std::array<TransformName, 24> transforms = {{
    {"create", TransformKind::create, 0, 1, ""},
    {"copy", TransformKind::copy, 1, 1, ""},
    {"truncate", TransformKind::truncate, 2, 2, "string"},
    {"escape", TransformKind::escape, 2, 3, "string"},
    {"cast", TransformKind::cast, 1, 2, ""},
    {"append", TransformKind::append, 1, any, "string"},
    {"translate", TransformKind::translate, 2, 3, ""},
    {"reference", TransformKind::reference, 1, 1, "string"},
    {"dateOp", TransformKind::date_op, 4, 4, ""},
    {"uuid", TransformKind::uuid, 0, 0, "string"},
    {"pointer", TransformKind::pointer, 1, 1, "uri"},
    {"evaluate", TransformKind::evaluate, 2, 2, ""},
    {"cc", TransformKind::codeable_concept, 1, 3, "CodeableConcept"},
    {"c", TransformKind::coding, 2, 3, "Coding"},
    {"qty", TransformKind::quantity, 1, 4, "Quantity"},
    {"id", TransformKind::identifier, 2, 3, "Identifier"},
    {"cp", TransformKind::contact_point, 1, 2, "ContactPoint"},
    {"stableId", TransformKind::stable_id, 2, any, "id"},
    {"v2DateTime", TransformKind::v2_date_time, 1, 1, "dateTime"},
    {"v2Date", TransformKind::v2_date, 1, 1, "date"},
    {"v2Instant", TransformKind::v2_instant, 1, 1, "instant"},
    {"v2Time", TransformKind::v2_time, 1, 1, "time"},
    {"v2Timestamp", TransformKind::v2_timestamp, 1, 1, "string"},
    {"now", TransformKind::now, 0, 0, "instant"},
}};

}  // namespace

const TransformName* find_transform(std::string_view name) {
    const auto* const found = std::ranges::find(transforms, name, &TransformName::name);
    return found == transforms.end() || name.empty() ? nullptr : found;
}

bool builds_object(const TransformCode& code) {
    switch (code.kind) {
        case TransformKind::codeable_concept:
        case TransformKind::coding:
        case TransformKind::quantity:
        case TransformKind::identifier:
        case TransformKind::contact_point:
            return true;
        case TransformKind::translate:
            return code.output == TranslateOutput::coding ||
                   code.output == TranslateOutput::codeable_concept;
        default:
            return false;
    }
}

std::vector<std::string> transform_names() {
    std::vector<std::string> names;
    for (const TransformName& transform : transforms) {
        names.emplace_back(transform.name);
    }
    return names;
}

}  // namespace gateway
