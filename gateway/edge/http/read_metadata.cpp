#include "gateway/edge/http/exchange.h"
#include "gateway/flow/pipeline/fhir_view.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

void add_interaction(Document& document, NodeId resource, std::string_view code) {
    const NodeId interaction = document.append(resource, "interaction");
    document.set_repeats(interaction, true);
    put_text(document, interaction, "code", code);
}

NodeId repeated(Document& document, NodeId parent, std::string_view name) {
    const NodeId node = document.append(parent, name);
    document.set_repeats(node, true);
    return node;
}

}  // namespace

// R4 capabilitystatement.html: what this listener does, no more.
void read_metadata(const Exchange& exchange) {
    const auto snapshot = exchange.parts.pipeline.snapshot();
    Document document(snapshot->engines.names);
    const NodeId root = document.root();
    put_text(document, root, "resourceType", "CapabilityStatement");
    put_text(document, root, "status", "active");
    put_text(document, root, "date", "2026-11-22");
    put_text(document, root, "kind", "instance");
    const NodeId software = document.append(root, "software");
    put_text(document, software, "name", "Painbridge");
    put_text(document, software, "version", PAINBRIDGE_VERSION);
    const NodeId implementation = document.append(root, "implementation");
    put_text(document, implementation, "description", snapshot->settings->gateway.name);
    put_text(document, root, "fhirVersion", "4.0.1");
    document.set_value(repeated(document, root, "format"), ValueKind::string, fhir_json);
    const NodeId rest = repeated(document, root, "rest");
    put_text(document, rest, "mode", "server");
    const NodeId resource = repeated(document, rest, "resource");
    put_text(document, resource, "type", "Task");
    add_interaction(document, resource, "read");
    add_interaction(document, resource, "update");
    put_text(document, resource, "versioning", "versioned-update");
    const NodeId operation = repeated(document, rest, "operation");
    put_text(document, operation, "name", "process-message");
    put_text(document, operation, "definition",
             "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message");
    exchange.respond(fhir_response(200, make_body(write_json(document))));
}

}  // namespace gateway
