#include "gateway/engine/validate/resource_walk.h"

#include <utility>

#include "gateway/engine/validate/attachment.h"
#include "gateway/engine/validate/bundle_rules.h"
#include "gateway/engine/validate/code_binding.h"
#include "gateway/engine/validate/contained.h"
#include "gateway/engine/validate/extension.h"
#include "gateway/engine/validate/member_names.h"
#include "gateway/engine/validate/narrative.h"
#include "gateway/engine/validate/primitive_value.h"
#include "gateway/engine/validate/reference.h"
#include "gateway/engine/validate/shape.h"

namespace gateway {

namespace {

// Readers allow 64; documents made by maps have no reader's limit.
constexpr std::size_t depth_max = 128;

template <typename Value>
class Restored {
public:
    Restored(Value& place, Value value) : place_(place), before_(std::exchange(place, value)) {}

    ~Restored() { place_ = before_; }

    Restored(const Restored&) = delete;
    Restored& operator=(const Restored&) = delete;
    Restored(Restored&&) = delete;
    Restored& operator=(Restored&&) = delete;

private:
    Value& place_;
    Value before_;
};

}  // namespace

void ResourceWalk::resource(NodeId node) {
    const TypeId type = check_resource_type(context_, node);
    if (type == no_type) {
        return;
    }
    ContainerScope container = container_scope(context_, node);
    const Restored in_container(context_.container, &container);
    const Restored not_contained(context_.contained, no_node);
    if (type == context_.program.bundle) {
        BundleScope bundle = bundle_scope(context_, node);
        const Restored in_bundle(context_.bundle, &bundle);
        content(node, type);
        check_bundle(context_, node);
    } else {
        content(node, type);
    }
    check_containment(context_);
}

void ResourceWalk::contained_resource(NodeId node) {
    const TypeId type = check_resource_type(context_, node);
    if (type == no_type) {
        return;
    }
    check_contained_resource(context_, node);
    const Restored contained(context_.contained, node);
    content(node, type);
}

void ResourceWalk::content(NodeId node, TypeId type) {
    members(node, context_.program.types[type]);
    run_invariants(node, type, context_.program.types[type].invariants());
}

void ResourceWalk::run_invariants(NodeId node, TypeId type, InvariantList invariants) {
    if (invariants_ != nullptr) {
        invariants_->check(node, type, invariants);
    }
}

void ResourceWalk::members(NodeId object, const TypeCheck& type) {
    if (depth_ >= depth_max) {
        context_.findings.error("too-costly", object, "elements are nested too deeply");
        return;
    }
    const Restored deeper(depth_, depth_ + 1);
    const std::size_t base = tallies_.size();
    tallies_.resize(base + type.type().elements.size());
    const Document& document = context_.document;
    NameId before = no_node;
    for (NodeId child = document.first_child(object); child != no_node && !context_.findings.full();
         child = document.next(child)) {
        const NameId name = document.name_id(child);
        const MemberCheck* check = type.member(name);
        if (check != nullptr) {
            if (name != before) {
                check_repetition(context_, child, *check);
            }
            count_member(context_, child, *check, tallies_[base + check->slot]);
            member(child, *check);
        } else if (name != before && !(name == context_.names().resource_type &&
                                       type.type().kind == TypeKind::resource)) {
            report_unknown_member(context_, object, child, type);
        }
        before = name;
    }
    check_cardinality(context_, object, type,
                      std::span{tallies_}.subspan(base, type.type().elements.size()));
    tallies_.resize(base);
}

void ResourceWalk::member(NodeId node, const MemberCheck& check) {
    switch (check.shape) {
        case MemberShape::primitive:
            primitive(node, check);
            break;
        case MemberShape::object:
            object(node, check);
            break;
        case MemberShape::resource:
            if (!check_object(context_, node, check)) {
                break;
            }
            if (check.json_name == context_.names().contained) {
                contained_resource(node);
            } else {
                resource(node);
            }
            break;
    }
}

void ResourceWalk::primitive(NodeId node, const MemberCheck& check) {
    const PrimitiveForm form = check_primitive_shape(context_, node, check);
    if (form == PrimitiveForm::value) {
        check_primitive_value(context_, node, check);
        if (check.codes != nullptr) {
            check_code_binding(context_, node, check);
        }
        note_local_url(node, check);
        run_invariants(node, check.type->type, check.invariants);
    }
    if (form != PrimitiveForm::wrong && context_.document.has_children(node)) {
        members(node, context_.program.types[check.type->type]);
    }
}

// `#id` in a canonical, uri or url refers to a contained resource as a Reference does (dom-3).
void ResourceWalk::note_local_url(NodeId node, const MemberCheck& check) {
    const bool is_link = check.primitive == Primitive::canonical ||
                         check.primitive == Primitive::uri || check.primitive == Primitive::url;
    const std::string_view value = context_.document.value(node);
    if (is_link && value.size() > 1 && value.front() == '#') {
        context_.container->referenced.insert(value.substr(1));
    }
}

void ResourceWalk::object(NodeId node, const MemberCheck& check) {
    if (!check_object(context_, node, check)) {
        return;
    }
    const TypeCheck& type = context_.program.types[check.type->type];
    members(node, type);
    if (check.codes != nullptr) {
        check_code_binding(context_, node, check);
    }
    switch (type.rule()) {
        case TypeRule::none:
            break;
        case TypeRule::attachment:
            check_attachment(context_, node);
            break;
        case TypeRule::extension:
            check_extension(context_, node);
            break;
        case TypeRule::narrative:
            check_narrative(context_, node);
            break;
        case TypeRule::reference:
            check_reference(context_, node, check);
            break;
    }
    run_invariants(node, type.id(), check.invariants);
}

}  // namespace gateway
