#include "gateway/flow/pipeline/trace_view.h"

#include "gateway/base/clock.h"
#include "gateway/flow/pipeline/fhir_view.h"

namespace gateway {

Document trace_document(const Trace& trace, std::shared_ptr<const NameTable> names) {
    Document document(std::move(names));
    for (const TraceEvent& event : trace) {
        const NodeId node = document.append(document.root(), "event");
        document.set_repeats(node, true);
        put_text(document, node, "at", to_fhir_instant(event.at));
        put_text(document, node, "stage", event.stage);
        put_text(document, node, "text", event.text);
        put_text(document, node, "message", event.message);
        if (!event.referral.empty()) {
            put_text(document, node, "referral", event.referral);
        }
        if (event.measures.empty()) {
            continue;
        }
        const NodeId measures = document.append(node, "measures");
        for (const TraceMeasure& measure : event.measures) {
            document.set_value(document.append(measures, measure.name), ValueKind::number,
                               std::to_string(measure.value));
        }
    }
    return document;
}

}  // namespace gateway
