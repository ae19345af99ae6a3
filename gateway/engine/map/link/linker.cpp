#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "gateway/base/digest.h"
#include "gateway/engine/map/link/link_state.h"
#include "gateway/engine/map/link/rule_linker.h"
#include "gateway/engine/map/map_set.h"
#include "gateway/engine/map/parser.h"

namespace gateway {

namespace {

// `http://x/StructureMap/*3to4`
bool matches_import(std::string_view pattern, std::string_view url) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) {
        return pattern == url;
    }
    const std::string_view head = pattern.substr(0, star);
    const std::string_view tail = pattern.substr(star + 1);
    return url.size() >= head.size() + tail.size() && url.starts_with(head) && url.ends_with(tail);
}

class Linker {
public:
    Linker(const LinkContext& context, MapCode& code, Issues& issues)
        : state_{context, code, issues, {}} {}

    void link(std::span<const MapFile> files);

private:
    void parse(const MapFile& file);
    void structures(LinkedFile& file);
    void concept_maps(LinkedFile& file);
    void constants(LinkedFile& file);
    void declare_groups(LinkedFile& file);
    ParameterCode parameter(const LinkedFile& file, const ParameterSyntax& syntax, SlotId slot);
    void entry(LinkedFile& file);
    void imports(LinkedFile& file);
    void defaults(LinkedFile& file);
    void add_default(LinkedFile& file, const LinkedFile& from, const GroupSyntax& syntax);
    void check_bases();
    std::set<std::uint32_t> reached_from(const LinkedFile& file) const;
    void digests();

    LinkState state_;
    std::vector<std::string> host_constants_;
};

void Linker::link(std::span<const MapFile> files) {
    for (const Document& document : state_.context.concept_maps) {
        state_.code.concept_maps.push_back(
            std::make_unique<const ConceptMapTable>(document, document.root()));
    }
    host_constants_ = {"mapUrl", "mapVersion"};
    host_constants_.insert(host_constants_.end(), state_.context.constants.begin(),
                           state_.context.constants.end());
    for (const std::string& name : host_constants_) {
        state_.code.constants.push_back({name, std::nullopt});
    }
    for (const MapFile& file : files) {
        parse(file);
    }
    for (LinkedFile& file : state_.files) {
        structures(file);
        concept_maps(file);
        constants(file);
        declare_groups(file);
        entry(file);
    }
    for (LinkedFile& file : state_.files) {
        imports(file);
        defaults(file);
    }
    for (LinkedFile& file : state_.files) {
        for (const GroupSyntax& group : file.syntax.groups) {
            RuleLinker{state_, file, file.groups.at(group.name.text)}.link(group);
        }
    }
    check_bases();
    digests();
}

void Linker::parse(const MapFile& file) {
    LinkedFile linked;
    linked.file = &file;
    linked.lines = LineIndex{file.text};
    linked.syntax = parse_map(file, state_.issues);
    linked.map = static_cast<std::uint32_t>(state_.files.size());
    MapEntry entry;
    entry.url = linked.syntax.url.text;
    entry.name = linked.syntax.name;
    entry.file = file.name;
    for (const MetadataSyntax& metadata : linked.syntax.metadata) {
        if (metadata.path.text == "version") {
            entry.version = metadata.value;
        }
    }
    if (entry.url.empty()) {
        state_.fault(linked, 0, "the map has no url: begin with /// url = 'http://…'");
    }
    for (const MapEntry& other : state_.code.maps) {
        if (!entry.url.empty() && other.url == entry.url) {
            state_.fault(linked, linked.syntax.url.at,
                         fmt::format("the url is that of {} already", other.file));
        }
    }
    state_.code.maps.push_back(std::move(entry));
    state_.files.push_back(std::move(linked));
}

void Linker::structures(LinkedFile& file) {
    for (const StructureSyntax& syntax : file.syntax.structures) {
        const std::string& url = syntax.url.text;
        const std::string last = url.substr(url.rfind('/') + 1);
        StaticType type;
        type.type = state_.schema().find_type_by_url(url);
        type.kind = type.type != no_type                    ? StructureKind::fhir
                    : url.find("/v2/") != std::string::npos ? StructureKind::hl7v2
                                                            : StructureKind::other;
        type.name = type.type != no_type ? std::string{state_.schema().type(type.type).name} : last;
        const bool fhir_url = url.starts_with("http://hl7.org/fhir/StructureDefinition/");
        if (type.kind == StructureKind::other && fhir_url) {
            state_.fault(file, syntax.url.at, fmt::format("FHIR R4 has no type `{}`", last));
        }
        file.structures.try_emplace(syntax.alias.empty() ? last : syntax.alias.text, type);
    }
}

void Linker::concept_maps(LinkedFile& file) {
    for (const ConceptMapSyntax& syntax : file.syntax.concept_maps) {
        const bool taken = std::ranges::any_of(state_.code.concept_maps, [&](const auto& table) {
            return table->url() == syntax.url.text;
        });
        if (taken) {
            state_.fault(file, syntax.url.at,
                         fmt::format("there is a concept map `{}` already", syntax.url.text));
        }
        state_.code.concept_maps.push_back(
            std::make_unique<const ConceptMapTable>(syntax, *file.file, state_.issues));
    }
}

void Linker::constants(LinkedFile& file) {
    auto& all = state_.code.constants;
    const auto slot = [](std::size_t index) { return static_cast<SlotId>(constant_bit | index); };
    for (std::size_t i = 0; i < host_constants_.size(); ++i) {
        file.constants.try_emplace(all[i].name, slot(i));
    }
    const Scope empty;
    ExpressionLinker expressions{state_, file, empty};
    for (const ConstantSyntax& syntax : file.syntax.constants) {
        auto compiled = syntax.expression ? expressions.operand(*syntax.expression)
                                          : std::optional<OperandCode>{};
        if (!compiled) {
            continue;
        }
        if (!file.constants.try_emplace(syntax.name.text, slot(all.size())).second) {
            state_.fault(file, syntax.name.at,
                         fmt::format("there is a constant `{}` already", syntax.name.text));
        }
        all.push_back({syntax.name.text, std::move(compiled)});
    }
}

void Linker::declare_groups(LinkedFile& file) {
    for (const GroupSyntax& syntax : file.syntax.groups) {
        GroupCode group;
        group.name = syntax.name.text;
        group.map = file.map;
        for (const ParameterSyntax& parameter_syntax : syntax.parameters) {
            const auto slot = static_cast<SlotId>(group.parameters.size());
            group.parameters.push_back(parameter(file, parameter_syntax, slot));
        }
        const auto id = static_cast<GroupId>(state_.code.groups.size());
        if (!file.groups.try_emplace(group.name, id).second) {
            state_.fault(file, syntax.name.at,
                         fmt::format("there is a group `{}` in this map already", group.name));
        }
        state_.code.groups.push_back(std::move(group));
    }
}

ParameterCode Linker::parameter(const LinkedFile& file, const ParameterSyntax& syntax,
                                SlotId slot) {
    ParameterCode code;
    code.mode = syntax.mode;
    code.slot = slot;
    code.name = syntax.name.text;
    if (syntax.type.empty()) {
        return code;
    }
    const StaticType type = state_.type_named(file, syntax.type.text);
    if (type.kind == StructureKind::unknown) {
        std::vector<std::string> known;
        for (const auto& structure : file.structures) {
            known.push_back(structure.first);
        }
        for (const Type& fhir : state_.schema().types()) {
            known.emplace_back(fhir.name);
        }
        state_.fault(file, syntax.type.at,
                     fmt::format("`{}` is no FHIR type, and no `uses` declares it{}",
                                 syntax.type.text, suggestion(syntax.type.text, known)));
    }
    code.type = type.type;
    code.structure = type.name;
    return code;
}

void Linker::entry(LinkedFile& file) {
    if (file.syntax.groups.empty()) {
        state_.fault(file, 0, "the map has no group");
        return;
    }
    state_.code.maps[file.map].entry = file.groups.at(file.syntax.groups.front().name.text);
}

void Linker::imports(LinkedFile& file) {
    for (const Word& pattern : file.syntax.imports) {
        bool found = false;
        for (const LinkedFile& other : state_.files) {
            const bool fits = matches_import(pattern.text, state_.code.maps[other.map].url);
            found = found || fits;
            if (fits && other.map != file.map) {
                file.imports.push_back(other.map);
            }
        }
        if (!found && pattern.text.find('*') == std::string::npos) {
            state_.fault(file, pattern.at,
                         fmt::format("no map has the url {}: give its file too", pattern.text));
        } else if (!found) {
            state_.warn(file, pattern.at, fmt::format("no map fits {}", pattern.text));
        }
    }
}

void Linker::defaults(LinkedFile& file) {
    for (const GroupSyntax& group : file.syntax.groups) {
        add_default(file, file, group);
    }
    for (const std::uint32_t map : file.imports) {
        const LinkedFile& other = state_.files[map];
        for (const GroupSyntax& group : other.syntax.groups) {
            add_default(file, other, group);
        }
    }
}

// The map's own groups were added first, so they win.
void Linker::add_default(LinkedFile& file, const LinkedFile& from, const GroupSyntax& syntax) {
    if (syntax.types == GroupTypes::none) {
        return;
    }
    const GroupId id = from.groups.at(syntax.name.text);
    const GroupCode& group = state_.code.groups[id];
    if (group.parameters.size() != 2 || group.parameters[0].type == no_type ||
        group.parameters[1].type == no_type) {
        if (&file == &from) {
            state_.fault(file, syntax.name.at,
                         "a default group needs one source and one target, both with FHIR types");
        }
        return;
    }
    MapEntry& map = state_.code.maps[file.map];
    const TypeId source = group.parameters[0].type;
    const TypeId target = group.parameters[1].type;
    map.defaults.try_emplace(type_pair(source, target), id);
    if (syntax.types == GroupTypes::type_and_types) {
        map.default_targets.try_emplace(source, target);
    }
}

// `extends` must end somewhere.
void Linker::check_bases() {
    for (const LinkedFile& file : state_.files) {
        for (const GroupSyntax& syntax : file.syntax.groups) {
            const GroupId start = file.groups.at(syntax.name.text);
            GroupId at = state_.code.groups[start].base;
            for (std::size_t i = 0; at != no_group && i < state_.code.groups.size(); ++i) {
                at = at == start ? start : state_.code.groups[at].base;
            }
            if (at != no_group) {
                state_.fault(file, syntax.base.at,
                             fmt::format("group `{}` extends itself", syntax.name.text));
                state_.code.groups[start].base = no_group;
            }
        }
    }
}

// The map itself and what it imports, over any number of steps.
std::set<std::uint32_t> Linker::reached_from(const LinkedFile& file) const {
    std::set<std::uint32_t> reached = {file.map};
    std::vector<std::uint32_t> open = {file.map};
    while (!open.empty()) {
        const LinkedFile& at = state_.files[open.back()];
        open.pop_back();
        for (const std::uint32_t map : at.imports) {
            if (reached.insert(map).second) {
                open.push_back(map);
            }
        }
    }
    return reached;
}

void Linker::digests() {
    for (const LinkedFile& file : state_.files) {
        std::vector<std::string> parts;
        for (const std::uint32_t map : reached_from(file)) {
            parts.push_back(to_hex(sha256(state_.files[map].file->text)));
        }
        // The order of files on disk must not matter.
        std::ranges::sort(parts);
        std::string all = to_hex(sha256(file.file->text));
        for (const std::string& part : parts) {
            all += part;
        }
        state_.code.maps[file.map].digest = to_hex(sha256(all));
    }
}

}  // namespace

LinkedMaps link_maps(std::span<const MapFile> files, const LinkContext& context) {
    auto code = std::make_shared<MapCode>();
    code->names = context.names;
    code->schema = context.schema;
    LinkedMaps linked;
    Linker{context, *code, linked.issues}.link(files);
    if (!linked.issues.has_errors()) {
        linked.maps = std::make_shared<const MapSet>(std::move(code));
    }
    return linked;
}

std::string render_faults(const Issues& issues, std::span<const MapFile> files) {
    std::string out;
    for (const Issue& issue : issues) {
        const auto file = std::ranges::find(files, issue.source, &MapFile::name);
        Issue shown = issue;
        shown.source.clear();
        out += render(shown, issue.source,
                      file == files.end() ? std::string_view{} : std::string_view{file->text});
        out += '\n';
    }
    return out;
}

MapSet::MapSet(std::shared_ptr<const MapCode> code) : code_(std::move(code)) {
}

std::vector<std::string_view> MapSet::urls() const {
    std::vector<std::string_view> urls;
    for (const MapEntry& map : code_->maps) {
        urls.emplace_back(map.url);
    }
    return urls;
}

bool MapSet::has(std::string_view url) const {
    return std::ranges::find(code_->maps, url, &MapEntry::url) != code_->maps.end();
}

std::string_view MapSet::digest(std::string_view url) const {
    const auto found = std::ranges::find(code_->maps, url, &MapEntry::url);
    return found == code_->maps.end() ? std::string_view{} : found->digest;
}

}  // namespace gateway
