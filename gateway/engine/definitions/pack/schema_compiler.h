// Turns structures into the tables of a schema pack: types with their elements, anonymous types for
// backbones, choices spelled out, content references followed, required value sets expanded.
// A Failure `invalid` names a type, base or reference that is not among the structures.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "gateway/engine/definitions/pack/schema_pack.h"
#include "gateway/engine/definitions/pack/structure.h"
#include "gateway/engine/definitions/pack/value_set_expansion.h"

namespace gateway {

struct SchemaSource {
    std::string fhir_version;
    std::string origin;
    // Larger required value sets are left to the terminology provider.
    std::size_t codes_max = 5000;
};

SchemaPackTables compile_schema(std::span<const Structure> structures,
                                const ValueSetExpander& value_sets, const SchemaSource& source);

}  // namespace gateway
