// The variables in sight of a rule. A name may stand for a source and for a target at once (R4
// examples do so); which one is meant depends on where it is used, and the innermost wins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/map/link/link_state.h"

namespace gateway {

enum class VariableMode : std::uint8_t { source, target, value };

struct Variable {
    std::string name;
    SlotId slot = no_slot;
    VariableMode mode = VariableMode::source;
    StaticType type;
};

class Scope {
public:
    SlotId declare(std::string_view name, VariableMode mode, StaticType type);

    // A slot without a name.
    SlotId reserve() { return next_slot_++; }

    // To be read: sources and values first.
    const Variable* find_to_read(std::string_view name) const;

    // To be written: targets first.
    const Variable* find_to_write(std::string_view name) const;

    std::vector<std::string> names() const;

    // Variables declared after a mark go out of sight together.
    std::size_t mark() const { return variables_.size(); }

    void forget_since(std::size_t mark) { variables_.resize(mark); }

    std::uint32_t slot_count() const { return next_slot_; }

private:
    enum class Side : std::uint8_t { read, written };

    const Variable* find(std::string_view name, Side side) const;

    std::vector<Variable> variables_;
    SlotId next_slot_ = 0;
};

}  // namespace gateway
