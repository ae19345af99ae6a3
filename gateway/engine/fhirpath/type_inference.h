// What can be said of a step's values before it runs: the types that an element's definition gives
// it, followed through the expression. For strict checks, for `explain`, and so that a member of a
// known type needs no look-up when it runs. Pure.
#pragma once

#include <string>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/path_code.h"

namespace gateway {

PathType any_type();
PathType system_type(ValueType type, bool single = true);
PathType node_type(TypeId type, bool single);

// The children called `name` of values of that type. `known` is false where none of its types has
// such an element (then the result is empty) although all are known.
struct MemberType {
    PathType type;
    bool known = true;
};

MemberType member_type(const Schema* schema, const PathType& input, NameId name);

// Of what a type test lets through.
PathType tested_type(const PathTypeTest& test, bool single);

PathType union_type(const PathType& left, const PathType& right);

PathType binary_type(std::string_view symbol, const PathType& left, const PathType& right);

// `argument`: of the function's last argument, if it has one.
PathType function_type(const PathFunction& function, const PathType& input,
                       const PathType& argument, const PathTypeTest& test);

// "Patient", "String", "HumanName many", "unknown".
std::string described(const Schema* schema, const PathType& type);

// The System type that values of this type stand for; `node` if none or not known.
ValueType system_meaning(const Schema* schema, const PathType& type);

// Is it certain that no value of the type is a Boolean (or a String)?
bool is_never(const Schema* schema, const PathType& type, ValueType wanted);

}  // namespace gateway
