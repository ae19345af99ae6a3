#include "gateway/app/twin/endpoint.h"

#include <fstream>

#include "gateway/base/failure.h"
#include "gateway/format/json/writer.h"

namespace gateway {

std::shared_ptr<const TlsContext> server_tls(const ListenSettings& listen) {
    return TlsContext::server({.certificate_chain = listen.certificate,
                               .private_key = listen.key,
                               .authorities = listen.ca},
                              ClientCertificates::required);
}

ClientEndpoint client_endpoint(const DeliverSettings& deliver) {
    return {.address = {deliver.host, deliver.port},
            .tls = TlsContext::client({.certificate_chain = deliver.certificate,
                                       .private_key = deliver.key,
                                       .authorities = deliver.ca}),
            .server_name = deliver.server_name};
}

std::string keep_in_inbox(const std::string& folder, const std::string& name,
                          const std::string& bytes) {
    if (folder.empty()) {
        return {};
    }
    std::string path = folder + "/" + name;
    std::ofstream file(path, std::ios::binary);
    file << bytes;
    if (!file.flush()) {
        throw Failure(Category::unavailable, path + ": cannot be written");
    }
    return path;
}

std::string write_answer(const Document& current, const TaskDecision& decision) {
    Document task(current.shared_names());
    for (NodeId at = current.first_child(current.root()); at != no_node; at = current.next(at)) {
        if (current.name(at) != "status" && current.name(at) != "statusReason") {
            task.copy(current, at, task.root(), current.name(at));
        }
    }
    task.set_value(task.append(task.root(), "status"), ValueKind::string, decision.status);
    if (!decision.reason.empty()) {
        const NodeId reason = task.append(task.root(), "statusReason");
        task.set_value(task.append(reason, "text"), ValueKind::string, decision.reason);
    }
    return write_json(task);
}

}  // namespace gateway
