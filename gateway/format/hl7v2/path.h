// The name people know a place by: "PID-3.4.1". A repetition is counted from the second on,
// "PID-3[2].4"; so is a segment that stands more than once, "OBX[2]-5" (the second OBX of the
// message, in or out of groups). A group is its name: "OBSERVATION[2]". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/format/document/document.h"

namespace gateway {

// For many places of one document: counts once, then answers each in the time of its own name.
// Knows the document as it was when made; which must outlive it. Safe from any thread.
class FieldPaths {
public:
    explicit FieldPaths(const Document& document);

    std::string of(NodeId node) const;

private:
    void number_fields(NodeId segment);

    const Document& document_;
    std::vector<std::uint32_t> before_;  // of a segment, group or field: how many like it before
};

// For one place: counts what stands before it, anew each time.
std::string field_path(const Document& document, NodeId node);

}  // namespace gateway
