#include "gateway/engine/map/runner.h"

#include <algorithm>
#include <stdexcept>

#include "gateway/base/failure.h"
#include "gateway/engine/map/run/rule_runner.h"

namespace gateway {

namespace {

// What maps may ask of FHIRPath's host, answered from the schema alone.
class SchemaHost final : public PathHost {
public:
    explicit SchemaHost(RunState& state) : state_(state) {}

    std::optional<bool> member_of(const Value& coded, std::string_view url) override {
        const ValueSet* value_set = state_.schema().value_set(url);
        if (value_set == nullptr || !value_set->enumerable || !coded.is_node()) {
            return std::nullopt;
        }
        const Document& document = coded.document();
        if (document.has_value(coded.node())) {
            return value_set->contains(document.value(coded.node()));
        }
        return value_set->contains(document.child_value(coded.node(), "system"),
                                   document.child_value(coded.node(), "code"));
    }

    // Of the base definitions: a resource conforms to its own type and the types above.
    std::optional<bool> conforms_to(const Value& resource, std::string_view profile) override {
        const TypeId wanted = state_.schema().find_type_by_url(profile);
        if (wanted == no_type || !resource.is_node()) {
            return std::nullopt;
        }
        const TypeId type =
            state_.schema().find_type(resource.document().resource_type(resource.node()));
        return type != no_type && state_.schema().is_a(type, wanted);
    }

    void trace(std::string_view name, std::span<const Value> values) override {
        std::string text{name};
        for (const Value& value : values) {
            text += ' ';
            text += text_of(value);
        }
        state_.result.log.push_back({state_.rule, std::move(text)});
    }

private:
    RunState& state_;
};

}  // namespace

MapResult run_map(const MapSet& maps, std::string_view map_url, std::span<const MapInput> inputs,
                  const MapContext& context) {
    const MapCode& code = maps.code();
    const auto map = std::ranges::find(code.maps, map_url, &MapEntry::url);
    if (map == code.maps.end()) {
        throw Failure(Category::not_found, "there is no map " + std::string{map_url});
    }
    for (const MapInput& input : inputs) {
        if (input.document.shared_names() != code.names) {
            throw std::logic_error("documents and maps must share one table of names");
        }
    }
    RunState state{code, *map, inputs, context};
    SchemaHost host{state};
    state.evaluation.set_host(&host);
    RuleRunner{state}.run();
    return std::move(state.result);
}

}  // namespace gateway
