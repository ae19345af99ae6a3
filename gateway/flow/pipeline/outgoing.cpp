#include "gateway/flow/pipeline/outgoing.h"

#include "gateway/base/failure.h"
#include "gateway/flow/pipeline/fhir_view.h"
#include "gateway/format/hl7v2/groups.h"
#include "gateway/format/hl7v2/head.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/format/hl7v2/writer.h"
#include "gateway/format/json/reader.h"

namespace gateway {

namespace {

constexpr std::string_view answer_map_ending = "/out/RRI_I12";

std::string_view answer_map(const MapSet& maps) {
    for (const std::string_view url : maps.urls()) {
        if (url.ends_with(answer_map_ending)) {
            return url;
        }
    }
    throw Failure(Category::fault, "the mappings hold no map for answers (…/out/RRI_I12)");
}

}  // namespace

Document answer_bundle(const Engines& engines,
                       std::span<const std::shared_ptr<const std::string>> resources) {
    Document bundle(engines.names);
    put_text(bundle, bundle.root(), "resourceType", "Bundle");
    put_text(bundle, bundle.root(), "type", "collection");
    for (const auto& json : resources) {
        const Document resource = read_json(json, engines.names);
        const NodeId entry = bundle.append(bundle.root(), "entry");
        bundle.set_repeats(entry, true);
        bundle.copy(resource, resource.root(), entry, "resource");
    }
    return bundle;
}

OutgoingMessage render_answer(const Engines& engines, const AnswerSource& source,
                              const ConversionContext& context) {
    Document request = read_hl7v2(source.request, engines.names);
    group_segments(request);
    const std::vector<MapInput> inputs{{request, *source.request}, {source.answer, {}}};
    MapContext map_context = make_map_context(context);
    map_context.source_path = {};
    const MapResult made = run_map(*engines.maps, answer_map(*engines.maps), inputs, map_context);
    if (made.issues.has_errors()) {
        throw Failure(Category::fault, "the answer could not be written as HL7 v2", {},
                      made.issues);
    }
    OutgoingMessage message;
    message.bytes = std::make_shared<const std::string>(write_hl7v2(made.target));
    const MessageHead head = scan_head(*message.bytes);
    message.title = head.type + "^" + head.event;
    message.control_id = head.control_id;
    return message;
}

}  // namespace gateway
