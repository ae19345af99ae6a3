#include "gateway/engine/map/link/scope.h"

#include <utility>

namespace gateway {

SlotId Scope::declare(std::string_view name, VariableMode mode, StaticType type) {
    const SlotId slot = reserve();
    variables_.push_back({std::string{name}, slot, mode, std::move(type)});
    return slot;
}

const Variable* Scope::find_to_read(std::string_view name) const {
    const Variable* source = find(name, Side::read);
    return source != nullptr ? source : find(name, Side::written);
}

const Variable* Scope::find_to_write(std::string_view name) const {
    const Variable* target = find(name, Side::written);
    return target != nullptr ? target : find(name, Side::read);
}

const Variable* Scope::find(std::string_view name, Side side) const {
    for (auto at = variables_.rbegin(); at != variables_.rend(); ++at) {
        if (at->name == name && (at->mode == VariableMode::target) == (side == Side::written)) {
            return &*at;
        }
    }
    return nullptr;
}

std::vector<std::string> Scope::names() const {
    std::vector<std::string> names;
    for (const Variable& variable : variables_) {
        names.push_back(variable.name);
    }
    return names;
}

}  // namespace gateway
