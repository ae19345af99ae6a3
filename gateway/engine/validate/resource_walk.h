// The one walk over a resource: meets every node once, in order, and runs the aspects on it. One a
// validation, on one thread.
#pragma once

#include <vector>

#include "gateway/engine/validate/cardinality.h"
#include "gateway/engine/validate/check_context.h"

namespace gateway {

// Runs on every object of a known type, after its members: the invariants, where there are any.
class ObjectRule {
public:
    virtual ~ObjectRule() = default;

    // `member` is null for a resource.
    virtual void check(CheckContext& context, NodeId node, TypeId type,
                       const MemberCheck* member) = 0;
};

class ResourceWalk {
public:
    ResourceWalk(const Document& document, const CheckProgram& program, Findings& findings,
                 ObjectRule* rule)
        : context_{.document = document, .program = program, .findings = findings}, rule_(rule) {}

    // A resource that stands by itself or in a Bundle.
    void resource(NodeId node);

private:
    void content(NodeId node, TypeId type);
    void contained_resource(NodeId node);
    void members(NodeId object, const TypeCheck& type);
    void member(NodeId node, const MemberCheck& check);
    void primitive(NodeId node, const MemberCheck& check);
    void object(NodeId node, const MemberCheck& check);
    void note_local_url(NodeId node, const MemberCheck& check);

    CheckContext context_;
    ObjectRule* rule_;
    std::vector<Tally> tallies_;  // of all objects that are open, the innermost last
    std::size_t depth_ = 0;
};

}  // namespace gateway
