// The one walk over a resource: meets every node once, in order, and runs the aspects on it. One a
// validation, on one thread.
#pragma once

#include <vector>

#include "gateway/engine/validate/cardinality.h"
#include "gateway/engine/validate/check_context.h"

namespace gateway {

class ResourceWalk {
public:
    ResourceWalk(const Document& document, const CheckProgram& program, Findings& findings,
                 InvariantRun* invariants)
        : context_{.document = document, .program = program, .findings = findings},
          invariants_(invariants) {}

    // A resource that stands by itself or in a Bundle.
    void resource(NodeId node);

private:
    void content(NodeId node, TypeId type);
    void contained_resource(NodeId node);
    void members(NodeId object, const TypeCheck& type);
    void member(NodeId node, const MemberCheck& check);
    void primitive(NodeId node, const MemberCheck& check);
    void object(NodeId node, const MemberCheck& check);
    void run_invariants(NodeId node, TypeId type, InvariantList invariants);
    void note_local_url(NodeId node, const MemberCheck& check);

    CheckContext context_;
    InvariantRun* invariants_;    // null: they are not asked for
    std::vector<Tally> tallies_;  // of all objects that are open, the innermost last
    std::size_t depth_ = 0;
};

}  // namespace gateway
