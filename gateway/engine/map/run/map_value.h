// What a variable of a running map holds, and lists of it. Small, copied freely; views what the
// documents and the run own.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/value.h"
#include "gateway/engine/map/map_trace.h"

namespace gateway {

struct MapValue {
    enum class Kind : std::uint8_t {
        nothing,
        source,   // a node of an input
        target,   // a node of the target
        plain,    // a value of its own
        several,  // more than one of these: `list` says which
    };

    Kind kind = Kind::nothing;
    Value value;
    // The FHIR type of a node or value; no_type where it has none.
    TypeId type = no_type;
    // For plain values: what they were made from, in the run's pool.
    std::uint32_t first_origin = 0;
    std::uint32_t origin_count = 0;
    std::uint32_t list = 0;

    bool is_node() const { return kind == Kind::source || kind == Kind::target; }
};

using MapValues = boost::container::small_vector<MapValue, 3>;

}  // namespace gateway
