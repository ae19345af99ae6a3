#include "gateway/flow/pipeline/convert.h"

#include <date/tz.h>
#include <fmt/format.h>

#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "gateway/format/hl7v2/groups.h"
#include "gateway/format/hl7v2/head.h"
#include "gateway/format/hl7v2/path.h"
#include "gateway/format/hl7v2/reader.h"

namespace gateway {

namespace {

// A local time that a clock change skips or repeats: the offset that held before it. A zone that
// the machine does not know was refused with the settings; here it means "unknown".
std::optional<std::chrono::minutes> offset_in(const std::string& zone,
                                              std::chrono::local_seconds local) {
    try {
        const date::local_seconds when{local.time_since_epoch()};
        const date::local_info about = date::locate_zone(zone)->get_info(when);
        return std::chrono::duration_cast<std::chrono::minutes>(about.first.offset);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

std::string source_name(const Document& document, NodeId node) {
    return field_path(document, node);
}

void add_validation(const Engines& engines, Conversion& conversion) {
    const Document& made = conversion.result.target;
    const RunView view = conversion.view(*engines.maps);
    ValidateOptions options;
    options.source_of = [&view](NodeId node) -> SourceField {
        auto place = source_place(view, node);
        return place ? SourceField{std::move(place->path), place->position} : SourceField{};
    };
    conversion.issues.append(engines.validator->validate(made, made.root(), options));
}

// REF_I12; anything else in MSH-9 might be anything, and is not told.
bool is_type_and_event(std::string_view type) {
    constexpr std::size_t part = 3;
    return type.size() == 2 * part + 1 && type[part] == '_' &&
           std::ranges::all_of(type, [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
           });
}

std::string_view named(std::string_view type) {
    if (type.empty()) {
        return "a message without a type in MSH-9";
    }
    return is_type_and_event(type) ? type : "what MSH-9 holds, which is no type and event";
}

[[noreturn]] void refuse_type(std::string_view type) {
    Issue issue;
    issue.code = "not-supported";
    issue.source = "MSH-9";
    issue.text = fmt::format(
        "this gateway has no map for {}; it takes the message types of its mappings folder",
        named(type));
    Issues issues;
    issues.add(issue);
    throw Failure(Category::unsupported_media, issue.text, {}, std::move(issues));
}

}  // namespace

std::string stable_id(std::string_view key, std::string_view role,
                      std::span<const std::string_view> parts) {
    // Length before text: no two lists of parts give the same bytes.
    std::string text = fmt::format("{}:{}", role.size(), role);
    for (const std::string_view part : parts) {
        text += fmt::format(",{}:{}", part.size(), part);
    }
    return to_uuid(hmac_sha256(key, text));
}

Conversion::Conversion(std::shared_ptr<const std::string> bytes, Document decoded, MapResult mapped)
    : original(std::move(bytes)), source(std::move(decoded)), result(std::move(mapped)) {
    inputs.push_back({source, *original});
}

RunView Conversion::view(const MapSet& maps) const {
    return {maps, map_url, inputs, result, source_name};
}

std::optional<std::string> map_for(const MapSet& maps, std::string_view type) {
    const std::string ending = fmt::format("/v2/{}", type);
    for (const std::string_view url : maps.urls()) {
        if (url.ends_with(ending)) {
            return std::string{url};
        }
    }
    return std::nullopt;
}

std::string message_type(const MessageHead& head) {
    return head.event.empty() ? head.structure : fmt::format("{}_{}", head.type, head.event);
}

MapContext make_map_context(const ConversionContext& context) {
    MapContext map;
    map.now = context.now;
    map.stable_id = [key = context.id_key](std::string_view role,
                                           std::span<const std::string_view> parts) {
        return stable_id(key, role, parts);
    };
    map.zone_offset = [zone = context.time_zone](std::chrono::local_seconds local) {
        return offset_in(zone, local);
    };
    map.constants = context.constants;
    map.source_path = source_name;
    return map;
}

std::unique_ptr<Conversion> convert_hl7v2(const Engines& engines,
                                          std::shared_ptr<const std::string> bytes,
                                          const ConversionContext& context,
                                          std::string_view map_url) {
    const StepClock began;
    const MessageHead head = scan_head(*bytes);
    Issues notes;
    Document source = read_hl7v2(bytes, engines.names, {}, &notes);
    notes.append(group_segments(source));
    const std::string type = message_type(head);
    std::optional<std::string> url =
        map_url.empty() ? map_for(*engines.maps, type) : std::optional{std::string{map_url}};
    if (!url) {
        refuse_type(type);
    }
    const StepClock decoded;
    const std::vector<MapInput> inputs{{source, *bytes}};
    MapResult mapped = run_map(*engines.maps, *url, inputs, make_map_context(context));
    const StepClock done;
    auto conversion =
        std::make_unique<Conversion>(std::move(bytes), std::move(source), std::move(mapped));
    conversion->map_url = std::move(*url);
    conversion->issues = std::move(notes);
    conversion->issues.append(conversion->result.issues);
    add_validation(engines, *conversion);
    conversion->times = {.decode = elapsed(began, decoded),
                         .map = elapsed(decoded, done),
                         .validate = elapsed(done, {})};
    return conversion;
}

}  // namespace gateway
