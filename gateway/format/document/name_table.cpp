#include "gateway/format/document/name_table.h"

namespace gateway {

NameId NameTable::add(std::string_view name) {
    const auto known = ids_.find(name);
    if (known != ids_.end()) {
        return known->second;
    }
    const auto id = static_cast<NameId>(texts_.size());
    texts_.emplace_back(name);
    ids_.emplace(texts_.back(), id);
    return id;
}

std::optional<NameId> NameTable::find(std::string_view name) const {
    const auto known = ids_.find(name);
    return known == ids_.end() ? std::nullopt : std::optional{known->second};
}

}  // namespace gateway
