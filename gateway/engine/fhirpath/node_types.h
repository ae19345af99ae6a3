// The FHIR type of nodes, and the System value that a primitive stands for (R4
// fhirpath.html#types). Pure; safe from any thread.
#pragma once

#include <optional>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/value.h"
#include "gateway/format/document/document.h"

namespace gateway {

// The System type of a FHIR primitive or Quantity; `node` for other types.
ValueType system_type_of(const Schema& schema, TypeId type);

// The type of a resource node by its resourceType; no_type if it has none or it is unknown.
TypeId resource_type_of(const Schema& schema, const Document& document, NodeId node,
                        NameId resource_type);

// The type of any node, found by walking down to it from its resource.
TypeId find_node_type(const Schema& schema, const Document& document, NodeId node);

// The value with its type, if it is a node that has none yet.
Value with_type(const Schema* schema, const Value& value);

// A child's type once its declared one is known: a resource is what it says it is.
TypeId child_type(const Schema& schema, const Document& document, NodeId child, TypeId declared);

// The System value of a node with a value. `type` may be no_type: then its JSON kind decides.
// A quantity is not handled here. Nothing if the text is not of the type's form.
std::optional<Value> primitive_value(const Schema* schema, const Document& document, NodeId node,
                                     TypeId type);

// The nearest resource around a node, itself included; no_node if there is none.
NodeId enclosing_resource(const Document& document, NodeId node);

}  // namespace gateway
