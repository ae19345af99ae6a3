// What the transforms of a map do: R4 valueset-map-transform.html and the host transforms of
// README.md. Results carry what they were made from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/map/map_code.h"
#include "gateway/engine/map/run/operand_reader.h"
#include "gateway/engine/map/run/run_state.h"
#include "gateway/engine/map/run/target_writer.h"
#include "gateway/engine/map/transform_names.h"

namespace gateway {

// The type of that object.
TypeId built_type(const TransformCode& code, const Schema& schema);

class Transforms {
public:
    Transforms(RunState& state, OperandReader& reader, TargetWriter& writer)
        : state_(state), reader_(reader), writer_(writer) {}

    // The values of a transform that builds no object, in order; none is an ordinary answer.
    void values(const TransformCode& code, MapValues& out);

    // Fills a node with the object.
    void build(const TransformCode& code, const MapValue& node);

private:
    using Text = std::string_view;

    Text argument(const TransformCode& code, std::size_t index);
    std::vector<Text> arguments(const TransformCode& code, std::size_t from = 0);
    std::string single(const TransformCode& code);

    std::string truncated(const TransformCode& code);
    std::string appended(const TransformCode& code);
    std::string cast(const TransformCode& code);
    std::string translated(const TransformCode& code);
    bool translate(const TransformCode& code, TranslatedCode& answer);
    std::string reference(const TransformCode& code);
    std::string reference_to(const Document& document, NodeId node, bool pointer);
    std::string date_op(const TransformCode& code);
    std::string new_uuid();
    std::string stable_id(const TransformCode& code);
    std::string v2_time(const TransformCode& code);
    std::string escaped(const TransformCode& code);
    void build_quantity(const TransformCode& code, const MapValue& node);
    void build_identifier(const TransformCode& code, const MapValue& node);
    void build_translation(const TransformCode& code, const MapValue& node);
    void build_coded(const TransformCode& code, const MapValue& node);
    void fill_coding(const MapValue& node, const MapValue& system, const MapValue& coded,
                     const MapValue& display);
    std::vector<MapValue> single_values(const TransformCode& code);
    bool has_text(const MapValue& value);
    void warn(std::string_view issue_code, std::string text);

    RunState& state_;
    OperandReader& reader_;
    TargetWriter& writer_;
};

}  // namespace gateway
