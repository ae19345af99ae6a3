#include "gateway/engine/map/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/engine/map/parse/map_cursor.h"
#include "gateway/engine/map/parse/rule_parser.h"

namespace gateway {

namespace {

bool joins_code(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

class MapParser {
public:
    MapParser(const MapFile& file, Issues& issues)
        : cursor_(file), issues_(issues), rules_(cursor_, issues) {}

    MapSyntax parse();

private:
    void declaration();
    void metadata();
    void map();
    void structure();
    void import();
    void constant();
    void concept_map();
    void unmapped(ConceptMapSyntax& map);
    void row(ConceptMapSyntax& map);
    Word code(std::string_view what);
    void group();
    void parameters(GroupSyntax& group);
    void stereotype(GroupSyntax& group);
    void take_metadata_meaning();
    Word need_url(std::string_view what);

    MapCursor cursor_;
    Issues& issues_;
    RuleParser rules_;
    MapSyntax map_;
};

MapSyntax MapParser::parse() {
    while (!cursor_.at_end()) {
        try {
            declaration();
        } catch (const Failure& fault) {
            Issues found = fault.issues();
            for (Issue& issue : found) {
                issue.source = cursor_.file().name;
            }
            issues_.append(found);
            cursor_.skip_declaration();
        }
    }
    take_metadata_meaning();
    return std::move(map_);
}

void MapParser::declaration() {
    if (cursor_.take_metadata_mark()) {
        metadata();
        return;
    }
    cursor_.end_metadata();
    using Read = void (MapParser::*)();
    constexpr std::array<std::pair<std::string_view, Read>, 6> kinds = {{
        {"map", &MapParser::map},
        {"uses", &MapParser::structure},
        {"imports", &MapParser::import},
        {"let", &MapParser::constant},
        {"conceptmap", &MapParser::concept_map},
        {"group", &MapParser::group},
    }};
    for (const auto& [word, read] : kinds) {
        if (cursor_.take_word(word)) {
            (this->*read)();
            return;
        }
    }
    cursor_.fail_expected("`map`, `uses`, `imports`, `let`, `conceptmap` or `group`");
}

// `/// path = value`: the value is a literal, a word, or missing.
void MapParser::metadata() {
    MetadataSyntax entry;
    if (cursor_.line_is_over()) {
        return;
    }
    entry.path = cursor_.need_name("the name of a metadata element");
    while (!cursor_.line_is_over() && cursor_.take(".")) {
        entry.path.text += '.';
        entry.path.text += cursor_.need_name("the name of a metadata element").text;
    }
    if (cursor_.line_is_over()) {
        cursor_.fail_expected("`=` after the name of a metadata element");
    }
    cursor_.need("=", "after the name of a metadata element");
    if (!cursor_.line_is_over()) {
        entry.value = cursor_.sees_string() ? cursor_.need_string("a value")
                                            : std::string{trimmed(cursor_.rest_of_line())};
    }
    map_.metadata.push_back(std::move(entry));
}

void MapParser::take_metadata_meaning() {
    for (const MetadataSyntax& entry : map_.metadata) {
        if (entry.path.text == "url" && map_.url.empty()) {
            map_.url = {entry.value, entry.path.at};
        } else if (entry.path.text == "name" && map_.name.empty()) {
            map_.name = entry.value;
        }
    }
}

Word MapParser::need_url(std::string_view what) {
    const std::uint32_t at = cursor_.at();
    return {cursor_.need_string(what), at};
}

void MapParser::map() {
    map_.url = need_url("the url of the map in quotes");
    cursor_.need("=", "between the url and the name of the map");
    map_.name =
        cursor_.sees_string() ? cursor_.need_string("a name") : cursor_.need_name("a name").text;
}

void MapParser::structure() {
    constexpr std::array<std::pair<std::string_view, StructureMode>, 4> modes = {{
        {"source", StructureMode::source},
        {"queried", StructureMode::queried},
        {"target", StructureMode::target},
        {"produced", StructureMode::produced},
    }};
    StructureSyntax structure;
    structure.url = need_url("the url of a structure in quotes");
    if (cursor_.take_word("alias")) {
        structure.alias = cursor_.need_name("a name after `alias`");
    }
    if (!cursor_.take_word("as")) {
        cursor_.fail_expected("`alias` or `as`");
    }
    for (const auto& [word, mode] : modes) {
        if (cursor_.take_word(word)) {
            structure.mode = mode;
            map_.structures.push_back(std::move(structure));
            return;
        }
    }
    cursor_.fail_expected("`source`, `target`, `queried` or `produced`");
}

void MapParser::import() {
    map_.imports.push_back(need_url("the url of a map in quotes, with * for any"));
}

void MapParser::constant() {
    ConstantSyntax constant;
    constant.name = cursor_.need_name("the name of the constant");
    cursor_.need("=", "after the name of the constant");
    constant.expression = rules_.expression();
    cursor_.need(";", "at the end of the constant");
    map_.constants.push_back(std::move(constant));
}

void MapParser::concept_map() {
    ConceptMapSyntax map;
    map.url = need_url("the url of the concept map in quotes");
    if (map.url.text.starts_with('#')) {
        map.url.text.erase(0, 1);
    }
    cursor_.need("{", "to open the concept map");
    while (cursor_.take_word("prefix")) {
        ConceptMapSyntax::Prefix prefix;
        prefix.name = cursor_.need_name("a prefix");
        cursor_.need("=", "after the prefix");
        prefix.url = need_url("the url of a code system in quotes").text;
        map.prefixes.push_back(std::move(prefix));
    }
    while (cursor_.take_word("unmapped")) {
        unmapped(map);
    }
    while (!cursor_.take("}")) {
        row(map);
    }
    map_.concept_maps.push_back(std::move(map));
}

void MapParser::unmapped(ConceptMapSyntax& map) {
    ConceptMapSyntax::Unmapped unmapped;
    if (!cursor_.take_word("for")) {
        cursor_.fail_expected("`for` after `unmapped`");
    }
    unmapped.prefix = cursor_.need_name("a prefix");
    cursor_.need("=", "after the prefix");
    unmapped.mode = code("`provided` or a code");
    map.unmapped.push_back(std::move(unmapped));
}

void MapParser::row(ConceptMapSyntax& map) {
    constexpr std::array<std::string_view, 10> relations = {
        "==", "!=", "<=", "<-", ">=", ">-", "--", "~", "=", "-"};
    ConceptMapSyntax::Row row;
    row.source_prefix = cursor_.need_name("`prefix`, a row `s:code - t:code` or `}`");
    cursor_.need(":", "between prefix and code");
    row.source_code = code("a code");
    const auto* const relation = std::ranges::find_if(
        relations, [this](std::string_view symbol) { return cursor_.take(symbol); });
    if (relation == relations.end()) {
        cursor_.fail_expected("`-`, `==` or another relation between the codes");
    }
    row.relation = *relation;
    if (row.relation != "--") {
        row.target_prefix = cursor_.need_name("the prefix of the target code");
        cursor_.need(":", "between prefix and code");
        row.target_code = code("a code");
    }
    map.rows.push_back(std::move(row));
}

// A bare code may hold hyphens between letters (`entered-in-error`); a relation stands apart.
Word MapParser::code(std::string_view what) {
    const std::uint32_t at = cursor_.at();
    if (cursor_.sees_string()) {
        return {cursor_.need_string(what), at};
    }
    const std::string& text = cursor_.file().text;
    std::size_t end = at;
    const auto hyphen_inside = [&text, at](std::size_t i) {
        return text[i] == '-' && i > at && i + 1 < text.size() && joins_code(text[i + 1]);
    };
    while (end < text.size() && (joins_code(text[end]) || hyphen_inside(end))) {
        ++end;
    }
    if (end == at) {
        cursor_.fail_expected(what);
    }
    cursor_.move_to(end);
    return {text.substr(at, end - at), at};
}

void MapParser::group() {
    GroupSyntax group;
    group.name = cursor_.need_name("the name of the group");
    parameters(group);
    if (cursor_.take_word("extends")) {
        group.base = cursor_.need_name("the name of a group after `extends`");
    }
    stereotype(group);
    group.rules = rules_.block();
    map_.groups.push_back(std::move(group));
}

void MapParser::parameters(GroupSyntax& group) {
    cursor_.need("(", "to open the parameters of the group");
    do {
        ParameterSyntax parameter;
        if (cursor_.take_word("target")) {
            parameter.mode = ParameterMode::target;
        } else if (!cursor_.take_word("source")) {
            cursor_.fail_expected("`source` or `target`");
        }
        parameter.name = cursor_.need_name("the name of a parameter");
        if (cursor_.take(":")) {
            parameter.type = cursor_.need_name("a type");
        }
        group.parameters.push_back(std::move(parameter));
    } while (cursor_.take(","));
    cursor_.need(")", "to close the parameters of the group");
}

void MapParser::stereotype(GroupSyntax& group) {
    if (!cursor_.take("<<")) {
        return;
    }
    if (cursor_.take("type+")) {
        group.types = GroupTypes::type_and_types;
    } else if (cursor_.take_word("types")) {
        group.types = GroupTypes::types;
    } else {
        cursor_.fail_expected("`types` or `type+`");
    }
    cursor_.need(">>", "after the stereotype");
}

}  // namespace

MapSyntax parse_map(const MapFile& file, Issues& issues) {
    return MapParser{file, issues}.parse();
}

}  // namespace gateway
