#include "gateway/engine/map/concept_maps.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace gateway {

namespace {

// R4 valueset-concept-map-equivalence.html: these say "there is no target".
bool is_no_match(std::string_view equivalence) {
    return equivalence == "unmatched" || equivalence == "disjoint";
}

}  // namespace

ConceptMapTable::ConceptMapTable(const ConceptMapSyntax& syntax, const MapFile& file,
                                 Issues& issues)
    : url_(syntax.url.text) {
    const auto system_of = [&](const Word& prefix) -> std::string_view {
        const auto found = std::ranges::find_if(
            syntax.prefixes, [&](const auto& known) { return known.name.text == prefix.text; });
        if (found != syntax.prefixes.end()) {
            return found->url;
        }
        Issue issue;
        issue.code = "not-found";
        issue.text = fmt::format("the concept map declares no prefix `{}`", prefix.text);
        issue.source = file.name;
        issue.position = position_at(file.text, prefix.at);
        issues.add(std::move(issue));
        return {};
    };
    for (const ConceptMapSyntax::Row& row : syntax.rows) {
        const bool matches = row.relation != "--" && row.relation != "!=";
        const std::string_view source = system_of(row.source_prefix);
        const std::string_view target =
            row.target_prefix.empty() ? std::string_view{} : system_of(row.target_prefix);
        group(source, target)
            .targets.try_emplace(row.source_code.text, Target{row.target_code.text, {}, matches});
    }
    read_unmapped(syntax);
}

void ConceptMapTable::read_unmapped(const ConceptMapSyntax& syntax) {
    for (const ConceptMapSyntax::Unmapped& unmapped : syntax.unmapped) {
        const auto prefix = std::ranges::find_if(syntax.prefixes, [&](const auto& known) {
            return known.name.text == unmapped.prefix.text;
        });
        if (prefix == syntax.prefixes.end()) {
            continue;
        }
        const auto known = std::ranges::find(groups_, prefix->url, &Group::source);
        Group& of = known != groups_.end() ? *known : group(prefix->url, prefix->url);
        of.unmapped = unmapped.mode.text == "provided" ? Unmapped::provided : Unmapped::fixed;
        of.fixed.code = unmapped.mode.text;
    }
}

ConceptMapTable::ConceptMapTable(const Document& document, NodeId resource)
    : url_(document.child_value(resource, "url")) {
    for (const NodeId node : document.children(resource, "group")) {
        read_group(document, node);
    }
}

void ConceptMapTable::read_group(const Document& document, NodeId node) {
    Group& made = groups_.emplace_back();
    made.source = document.child_value(node, "source");
    made.target = document.child_value(node, "target");
    for (const NodeId element : document.children(node, "element")) {
        Target target;
        target.matches = false;
        for (const NodeId candidate : document.children(element, "target")) {
            if (!is_no_match(document.child_value(candidate, "equivalence"))) {
                target = {std::string{document.child_value(candidate, "code")},
                          std::string{document.child_value(candidate, "display")}, true};
                break;
            }
        }
        made.targets.try_emplace(std::string{document.child_value(element, "code")},
                                 std::move(target));
    }
    const NodeId unmapped = document.child(node, "unmapped");
    if (unmapped == no_node) {
        return;
    }
    const std::string_view mode = document.child_value(unmapped, "mode");
    made.unmapped = mode == "provided" ? Unmapped::provided
                    : mode == "fixed"  ? Unmapped::fixed
                                       : Unmapped::none;
    made.fixed = {std::string{document.child_value(unmapped, "code")},
                  std::string{document.child_value(unmapped, "display")}, true};
}

ConceptMapTable::Group& ConceptMapTable::group(std::string_view source, std::string_view target) {
    for (Group& known : groups_) {
        // A row without a target joins whatever group its source code system has.
        if (known.source == source && (target.empty() || known.target == target)) {
            return known;
        }
    }
    Group& made = groups_.emplace_back();
    made.source = source;
    made.target = target;
    return made;
}

TranslateAnswer ConceptMapTable::translate(std::string_view system, std::string_view code,
                                           TranslatedCode& answer) const {
    const std::string key{code};
    const Group* fallback = nullptr;
    TranslateAnswer result = TranslateAnswer::unmapped;
    for (const Group& group : groups_) {
        if (!system.empty() && !group.source.empty() && group.source != system) {
            continue;
        }
        const auto found = group.targets.find(key);
        if (found != group.targets.end() && found->second.matches) {
            answer = {group.target, found->second.code, found->second.display};
            return TranslateAnswer::found;
        }
        if (found != group.targets.end()) {
            result = TranslateAnswer::no_match;
        } else if (group.unmapped != Unmapped::none && fallback == nullptr) {
            fallback = &group;
        }
    }
    if (result == TranslateAnswer::no_match || fallback == nullptr) {
        return result;
    }
    answer = fallback->unmapped == Unmapped::provided
                 ? TranslatedCode{fallback->source, code, {}}
                 : TranslatedCode{fallback->target, fallback->fixed.code, fallback->fixed.display};
    return TranslateAnswer::found;
}

}  // namespace gateway
