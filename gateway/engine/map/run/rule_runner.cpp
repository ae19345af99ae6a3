#include "gateway/engine/map/run/rule_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gateway {

namespace {

// Puts a value back when the block ends.
template <typename T>
class Restored {
public:
    explicit Restored(T& place) : place_(place), value_(place) {}

    ~Restored() { place_ = value_; }

    Restored(const Restored&) = delete;
    Restored& operator=(const Restored&) = delete;
    Restored(Restored&&) = delete;
    Restored& operator=(Restored&&) = delete;

private:
    T& place_;
    T value_;
};

}  // namespace

RuleRunner::RuleRunner(RunState& state)
    : state_(state), reader_(state, *this), writer_(state), transforms_(state, reader_, writer_) {
}

const MapValue& RuleRunner::variable(SlotId slot) const {
    if ((slot & constant_bit) != 0) {
        return constants_[slot ^ std::size_t{constant_bit}];
    }
    return frames_[base_ + slot];
}

void RuleRunner::transform(const TransformCode& code, MapValues& out) {
    transforms_.values(code, out);
}

void RuleRunner::run() {
    constants_.resize(state_.code.constants.size());
    set_constants();
    const GroupCode& group = state_.code.groups[state_.map.entry];
    MapValues arguments;
    std::uint32_t input = 0;
    std::size_t targets = 0;
    for (const ParameterCode& parameter : group.parameters) {
        if (parameter.mode == ParameterMode::target) {
            arguments.push_back(writer_.start(parameter.type));
            ++targets;
            continue;
        }
        if (input == state_.inputs.size()) {
            throw std::logic_error("the entry group needs more inputs: " + group.name);
        }
        const Document& document = state_.inputs[input].document;
        const TypeId said = state_.schema().find_type(document.resource_type(document.root()));
        const bool typed = said == no_type && !state_.is_hl7v2(input);
        arguments.push_back(
            state_.source_value(input, document.root(), typed ? parameter.type : said));
        ++input;
    }
    if (input != state_.inputs.size() || targets != 1) {
        throw std::logic_error("the entry group takes other inputs, or not one target: " +
                               group.name);
    }
    run_group(state_.map.entry, arguments);
    writer_.finish();
}

void RuleRunner::set_constants() {
    for (std::size_t i = 0; i < constants_.size(); ++i) {
        const ConstantCode& constant = state_.code.constants[i];
        if (constant.value) {
            MapValues values;
            reader_.read(*constant.value, {}, values);
            constants_[i] = state_.several(values);
            continue;
        }
        std::string_view text;
        if (constant.name == "mapUrl") {
            text = state_.map.url;
        } else if (constant.name == "mapVersion") {
            text = state_.map.version;
        }
        for (const auto& [name, given] : state_.context.constants) {
            text = name == constant.name ? std::string_view{given} : text;
        }
        if (!text.empty()) {
            constants_[i] = state_.text(text, no_type);
        }
    }
}

void RuleRunner::run_group(GroupId id, const MapValues& arguments) {
    const GroupCode& group = state_.code.groups[id];
    if (depth_ >= state_.context.limits.depth) {
        state_.stop(fmt::format("{} nested calls of groups", state_.context.limits.depth));
        return;
    }
    const Restored depth{depth_};
    const Restored base{base_};
    const Restored map{map_};
    const Restored index{item_index_};
    ++depth_;
    if (group.base != no_group) {
        run_group(group.base, arguments);
    }
    base_ = frames_.size();
    map_ = group.map;
    frames_.resize(base_ + group.slots);
    std::ranges::copy(arguments, frames_.begin() + static_cast<std::ptrdiff_t>(base_));
    run_rules(group.rules);
    frames_.resize(base_);
}

void RuleRunner::run_rules(const std::vector<RuleCode>& rules) {
    for (const RuleCode& rule : rules) {
        if (state_.stopped) {
            return;
        }
        run_rule(rule);
    }
}

void RuleRunner::run_rule(const RuleCode& rule) {
    const Restored at{state_.rule};
    const Restored item{state_.item};
    const Restored index{item_index_};
    state_.rule = rule.id;
    match(rule, 0);
}

// Every combination of items; a rule has one source as good as always.
void RuleRunner::match(const RuleCode& rule, std::size_t index) {
    if (index == rule.sources.size()) {
        apply(rule);
        return;
    }
    const SourceCode& source = rule.sources[index];
    MapValues items;
    state_.reads.clear();
    collect(source, items);
    for (std::size_t i = 0; i < items.size() && state_.step(); ++i) {
        slot(source.item) = items[i];
        if (index == 0) {
            state_.item = items[i];
            item_index_ = static_cast<std::uint32_t>(i);
        }
        if (source.check) {
            check_item(source, items[i]);
        }
        if (source.log_purpose != LogPurpose::none) {
            log_item(source, items[i]);
        }
        match(rule, index + 1);
    }
}

// Which items a source has: type, `where`, list mode, cardinality, in this order.
void RuleRunner::collect(const SourceCode& source, MapValues& items) {
    reader_.follow(source.context, source.steps, items);
    if (source.type != no_type || source.where) {
        filter(source, items);
    }
    if (items.empty() && source.default_value) {
        reader_.read(*source.default_value, state_.item, items);
    }
    if (source.list_mode != SourceListMode::none) {
        apply_list_mode(source, items);
    }
    if (source.has_cardinality) {
        check_cardinality(source, items);
    }
}

void RuleRunner::filter(const SourceCode& source, MapValues& items) {
    const auto rejected = [&](const MapValue& item) {
        if (source.type != no_type &&
            (item.type == no_type || !state_.schema().is_a(item.type, source.type))) {
            return true;
        }
        if (!source.where || !state_.step()) {
            return false;
        }
        slot(source.item) = item;
        return !reader_.holds(*source.where, item);
    };
    items.erase(std::remove_if(items.begin(), items.end(), rejected), items.end());
}

void RuleRunner::apply_list_mode(const SourceCode& source, MapValues& items) {
    if (items.empty()) {
        return;
    }
    switch (source.list_mode) {
        case SourceListMode::none:
            break;
        case SourceListMode::first:
            items.resize(1);
            break;
        case SourceListMode::not_first:
            items.erase(items.begin());
            break;
        case SourceListMode::last:
            items.erase(items.begin(), items.end() - 1);
            break;
        case SourceListMode::not_last:
            items.pop_back();
            break;
        case SourceListMode::only_one:
            if (items.size() > 1) {
                const Restored item{state_.item};
                state_.item = items[1];
                state_.report(Severity::error, "structure",
                              state_.with_rule_name(fmt::format(
                                  "{}: there may be one, there are {}; the first is taken",
                                  source.text, items.size())));
                items.resize(1);
            }
            break;
    }
}

void RuleRunner::check_cardinality(const SourceCode& source, const MapValues& items) {
    const std::size_t count = items.size();
    if (count >= source.min && count <= source.max) {
        return;
    }
    const Restored item{state_.item};
    state_.item = count > source.max ? items[source.max] : variable(source.context);
    const std::string text =
        count < source.min
            ? fmt::format("{}: at least {} needed, {} found", source.text, source.min, count)
            : fmt::format("{}: at most {} allowed, {} found", source.text, source.max, count);
    state_.report(Severity::error, count < source.min ? "required" : "structure",
                  state_.with_rule_name(text));
}

void RuleRunner::check_item(const SourceCode& source, const MapValue& item) {
    if (!reader_.holds(*source.check, item)) {
        state_.report(Severity::error, "invariant",
                      state_.with_rule_name(
                          fmt::format("{}: the check of the map does not hold", source.text)));
    }
}

void RuleRunner::log_item(const SourceCode& source, const MapValue& item) {
    switch (source.log_purpose) {
        case LogPurpose::none:
            break;
        case LogPurpose::trace:
            if (source.log) {
                MapLogLine line{state_.rule, {}};
                line.text = reader_.read_text(*source.log, item);
                state_.reads.clear();
                state_.result.log.push_back(std::move(line));
            }
            break;
        case LogPurpose::dropped:
            declare_leaves(item, LeafState::dropped, source.log_text);
            break;
        case LogPurpose::carried:
            declare_leaves(item, LeafState::carried, source.log_text);
            break;
        case LogPurpose::warning:
            state_.report(Severity::warning, "business-rule", source.log_text);
            break;
        case LogPurpose::error:
            state_.report(Severity::error, "business-rule", source.log_text);
            break;
    }
}

void RuleRunner::declare_leaves(const MapValue& item, LeafState leaf_state,
                                std::string_view reason) {
    if (item.kind != MapValue::Kind::source) {
        return;
    }
    const Document& document = item.value.document();
    const std::uint32_t input = state_.input_of(document);
    for (const NodeId leaf : leaves(document, item.value.node())) {
        state_.mark_leaf({input, leaf}, leaf_state, reason);
    }
}

void RuleRunner::apply(const RuleCode& rule) {
    state_.reads.clear();
    if (rule.form == RuleForm::simple_copy) {
        copy(rule);
        return;
    }
    for (const TargetCode& target : rule.targets) {
        apply_target(target);
    }
    for (const CallCode& one : rule.calls) {
        call(one);
    }
    run_rules(rule.rules);
}

void RuleRunner::apply_target(const TargetCode& target) {
    state_.reads.clear();
    MapValue made;
    if (target.context == no_slot) {
        made = bind(target);
    } else {
        const MapValue parent = parent_of(target);
        if (parent.kind == MapValue::Kind::target) {
            made = target.steps.empty() ? set_self(target, parent) : set_element(target, parent);
        }
    }
    state_.reads.clear();
    if (target.alias != no_slot) {
        slot(target.alias) = made;
    }
}

// `(expression) as v`, `create('Encounter') as e`: no element yet.
MapValue RuleRunner::bind(const TargetCode& target) {
    const TransformCode& transform = target.transform;
    if (transform.kind == TransformKind::create) {
        return writer_.create(transform.type);
    }
    if (builds_object(transform)) {
        const MapValue node = writer_.create(built_type(transform, state_.schema()));
        transforms_.build(transform, node);
        return node;
    }
    MapValues values;
    transforms_.values(transform, values);
    return state_.several(values);
}

MapValue RuleRunner::set_self(const TargetCode& target, const MapValue& node) {
    if (target.transform.kind == TransformKind::none) {
        return node;
    }
    if (builds_object(target.transform)) {
        transforms_.build(target.transform, node);
        return node;
    }
    MapValues values;
    transforms_.values(target.transform, values);
    if (!values.empty()) {
        writer_.assign_self(node, values.front());
    }
    return node;
}

MapValue RuleRunner::set_element(const TargetCode& target, const MapValue& parent) {
    const TransformCode& transform = target.transform;
    const TargetStepCode& step = target.steps.back();
    if (transform.kind == TransformKind::none || transform.kind == TransformKind::create) {
        return writer_.element(parent, step, transform.type, wanted(target));
    }
    if (builds_object(transform)) {
        const MapValue node =
            writer_.element(parent, step, built_type(transform, state_.schema()), wanted(target));
        if (node.kind == MapValue::Kind::target) {
            transforms_.build(transform, node);
        }
        return node;
    }
    MapValues values;
    transforms_.values(transform, values);
    MapValue made;
    for (const MapValue& value : values) {
        made = writer_.assign(parent, step, value, wanted(target));
    }
    return made;
}

MapValue RuleRunner::parent_of(const TargetCode& target) {
    MapValue parent = slot(target.context);
    for (std::size_t i = 0; i + 1 < target.steps.size(); ++i) {
        if (parent.kind != MapValue::Kind::target) {
            return {};
        }
        parent = writer_.step_into(parent, target.steps[i]);
    }
    return parent;
}

WantedElement RuleRunner::wanted(const TargetCode& target) const {
    return {target.list_mode, target.share_key, item_index_};
}

// `a.b -> c.d`: through the default group for the types, else as it is.
void RuleRunner::copy(const RuleCode& rule) {
    const TargetCode& target = rule.targets.front();
    const MapValue made = copy_into(target, slot(rule.sources.front().item));
    state_.reads.clear();
    if (target.alias != no_slot) {
        slot(target.alias) = made;
    }
}

MapValue RuleRunner::copy_into(const TargetCode& target, const MapValue& item) {
    const MapValue parent = parent_of(target);
    if (parent.kind != MapValue::Kind::target) {
        return {};
    }
    const TargetStepCode& step = target.steps.back();
    if (item.type != no_type) {
        const auto& by_source = state_.code.maps[map_].default_targets;
        const auto mapped = by_source.find(item.type);
        const TypeId hint = mapped == by_source.end() ? item.type : mapped->second;
        const TypeId type = state_.code.maps[map_].defaults.empty()
                                ? no_type
                                : writer_.type_wanted(parent, step, hint);
        const GroupId group = default_group(item, type);
        if (group != no_group) {
            const MapValue made = writer_.element(parent, step, hint, wanted(target));
            if (made.kind == MapValue::Kind::target) {
                run_group(group, {item, made});
            }
            return made;
        }
    }
    return writer_.assign(parent, step, item, wanted(target));
}

GroupId RuleRunner::default_group(const MapValue& item, TypeId wanted_type) const {
    const auto& defaults = state_.code.maps[map_].defaults;
    const auto found = defaults.find(type_pair(item.type, wanted_type));
    return found == defaults.end() ? no_group : found->second;
}

void RuleRunner::call(const CallCode& code) {
    const GroupCode& group = state_.code.groups[code.group];
    MapValues arguments;
    for (std::size_t i = 0; i < code.arguments.size(); ++i) {
        const ParameterCode& parameter = group.parameters[i];
        if (parameter.mode == ParameterMode::target) {
            arguments.push_back(slot(code.arguments[i].slot));
            if (arguments.back().kind == MapValue::Kind::nothing) {
                return;
            }
            continue;
        }
        MapValues values;
        reader_.read(code.arguments[i], state_.item, values);
        arguments.push_back(state_.several(values));
    }
    run_group(code.group, arguments);
}

}  // namespace gateway
