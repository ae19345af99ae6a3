// Questions about a finished run: the ledger as a document, and where one element came from. The
// answers name fields and rules and hold no values. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/map/runner.h"

namespace gateway {

struct RunView {
    const MapSet& maps;
    std::string_view map_url;
    std::span<const MapInput> inputs;
    const MapResult& result;
    NodePath source_path;
};

// {"map", "digest", "counts": {…}, "leaves": [{"path", "line", "column", "state", "rule",
// "targets": […], "reason"}]}; `write_json` renders it.
Document ledger_document(const RunView& view);

struct Explanation {
    std::string target;                // Bundle.entry[0].resource.birthDate
    RulePlace rule;                    // empty map_url: no rule made it
    std::vector<std::string> sources;  // PID-7
    std::vector<Position> positions;   // of each source, in its document
    bool from_context = false;         // a constant: the sources are what the rule stood on
};

// By target node; a node without an entry of its own answers for the nearest one above.
Explanation explain(const RunView& view, NodeId target);

// By path as Document::path writes it; an index may be left out for the first. Nothing if the
// target has no such element.
std::optional<Explanation> explain(const RunView& view, std::string_view target_path);

RulePlace rule_place(const MapSet& maps, RuleId rule);

// For the validator: source field and position of an element that a map made.
struct SourcePlace {
    std::string path;
    Position position;
};

std::optional<SourcePlace> source_place(const RunView& view, NodeId target);

}  // namespace gateway
