#include "gateway/app/twin/clinic.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <utility>

#include "gateway/app/twin/endpoint.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/format/fhir/operation_outcome.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "gateway/net/http_client.h"
#include "gateway/net/http_server.h"

namespace gateway {

namespace {

constexpr int attempts_max = 60;
constexpr std::chrono::seconds between_attempts{1};

std::shared_ptr<const NameTable> fhir_names() {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    return names;
}

HttpResponse fhir_response(int status, std::string json) {
    HttpResponse response{.status = status};
    response.headers.set("Content-Type", "application/fhir+json");
    response.body = make_body(std::move(json));
    return response;
}

// The first resource of a type in a Bundle, or no_node.
NodeId resource_in(const Document& bundle, std::string_view type) {
    for (const NodeId entry : bundle.children(bundle.root(), "entry")) {
        const NodeId resource = bundle.child(entry, "resource");
        if (resource != no_node && bundle.resource_type(resource) == type) {
            return resource;
        }
    }
    return no_node;
}

void put(Document& document, NodeId parent, std::string_view name, std::string_view value) {
    document.set_value(document.append(parent, name), ValueKind::string, value);
}

}  // namespace

class ClinicTwin::Office : public std::enable_shared_from_this<ClinicTwin::Office> {
public:
    Office(Reactor& reactor, const TwinSettings& settings, TwinEvents& events);

    void open();

    void close() { server_->stop(std::chrono::seconds(1)); }

private:
    struct Case {
        std::string task;  // its id
        TaskDecision decision;
        int attempts = 0;
    };

    void on_request(const HttpRequest& request, const HttpReply& reply);
    HttpResponse answer(const HttpRequest& request);
    std::string receive(const Document& bundle, const std::string& bytes);
    void note_arrival(const Document& bundle, const std::string& bytes, const std::string& task);
    std::string render_response(const Document& bundle);
    TaskDecision decide(const Document& bundle) const;
    void decide_later(Case which, std::chrono::milliseconds delay);
    void fetch_task(const Case& which);
    void update_task(const Case& which, const HttpResponse& current);
    void on_updated(const Case& which, const HttpResult& result);
    void try_again(Case which, std::string_view why);

    Reactor& reactor_;
    const TwinSettings& settings_;
    TwinEvents& events_;
    RandomIds ids_;
    SystemClock clock_;
    std::shared_ptr<const NameTable> names_;
    std::shared_ptr<const Schema> schema_;
    Program decline_when_;
    HttpClient gateway_;
    std::unique_ptr<HttpServer> server_;
    std::map<std::string, std::string> answered_;  // by Bundle.id; on the reactor's thread only
};

ClinicTwin::Office::Office(Reactor& reactor, const TwinSettings& settings, TwinEvents& events)
    : reactor_(reactor),
      settings_(settings),
      events_(events),
      names_(fhir_names()),
      schema_(Schema::shipped(names_)),
      decline_when_(compile(settings.clinic.decline_when,
                            {.names = *names_, .schema = schema_.get(), .focus_type = "Bundle"})),
      gateway_(reactor, client_endpoint(settings.gateway)) {
}

void ClinicTwin::Office::open() {
    HttpServerSettings listen;
    listen.address = {settings_.listen.address->host, settings_.listen.address->port};
    listen.tls = server_tls(settings_.listen);
    listen.on_fault = [this](const ConnectionFault& fault) {
        events_.emit("connection.failed", {{"stage", fault.stage}, {"reason", fault.reason}});
    };
    server_ = std::make_unique<HttpServer>(
        std::vector<Reactor*>{&reactor_}, std::move(listen),
        [self = weak_from_this()](const HttpRequest& request, const HttpReply& reply) {
            if (const auto office = self.lock()) {
                office->on_request(request, reply);
            }
        });
    events_.emit("listening", {{"port", std::to_string(server_->port())}});
}

void ClinicTwin::Office::on_request(const HttpRequest& request, const HttpReply& reply) {
    try {
        reply.send(answer(request));
    } catch (const Failure& failure) {
        events_.emit("request.refused", {{"reason", failure.internal()}});
        Issues issues = failure.issues();
        if (issues.empty()) {
            issues.add({.code = std::string{describe(failure.category()).issue_code},
                        .path = {},
                        .text = failure.external()});
        }
        reply.send(fhir_response(describe(failure.category()).http_status,
                                 operation_outcome_json(issues, names_)));
    }
}

HttpResponse ClinicTwin::Office::answer(const HttpRequest& request) {
    if (request.method != "POST" || !request.target.ends_with("/$process-message")) {
        throw Failure(Category::not_found, "this clinic takes POST …/$process-message only");
    }
    const Document bundle = read_json(request.body, names_);
    const std::string id{bundle.child_value(bundle.root(), "id")};
    const auto before = answered_.find(id);
    if (before != answered_.end()) {
        events_.emit("referral.repeated", {{"bundle", id}});
        return fhir_response(200, before->second);
    }
    return fhir_response(200, answered_[id] = receive(bundle, *request.body));
}

std::string ClinicTwin::Office::receive(const Document& bundle, const std::string& bytes) {
    const NodeId task = resource_in(bundle, "Task");
    if (resource_in(bundle, "MessageHeader") == no_node || task == no_node) {
        throw Failure(Category::unprocessable,
                      "a referral is a message Bundle with a MessageHeader and a Task");
    }
    const std::string task_id{bundle.child_value(task, "id")};
    note_arrival(bundle, bytes, task_id);
    decide_later({.task = task_id, .decision = decide(bundle)}, settings_.clinic.decide_after);
    return render_response(bundle);
}

void ClinicTwin::Office::note_arrival(const Document& bundle, const std::string& bytes,
                                      const std::string& task) {
    const std::string id{bundle.child_value(bundle.root(), "id")};
    const std::string file = keep_in_inbox(settings_.inbox, id + ".json", bytes);
    events_.emit("referral.received", {{"bundle", id}, {"task", task}, {"file", file}});
    for (const NodeId entry : bundle.children(bundle.root(), "entry")) {
        const NodeId attachment = bundle.at(entry, {"resource", "content", "attachment"});
        if (attachment == no_node) {
            continue;
        }
        if (const auto content = from_base64(bundle.child_value(attachment, "data"))) {
            events_.emit("attachment.received",
                         {{"task", task},
                          {"contentType", bundle.child_value(attachment, "contentType")},
                          {"bytes", std::to_string(content->size())},
                          {"sha256", to_hex(sha256(*content))}});
        }
    }
}

// R4 messageheader-definitions.html#MessageHeader.response: the identifier of the message answered.
std::string ClinicTwin::Office::render_response(const Document& bundle) {
    const NodeId header = resource_in(bundle, "MessageHeader");
    Document response(names_);
    const NodeId root = response.root();
    put(response, root, "resourceType", "Bundle");
    put(response, root, "id", ids_.uuid());
    put(response, root, "type", "message");
    put(response, root, "timestamp", to_fhir_instant(clock_.now()));
    const NodeId entry = response.append(root, "entry");
    response.set_repeats(entry, true);
    const std::string id = ids_.uuid();
    put(response, entry, "fullUrl", "urn:uuid:" + id);
    const NodeId answer = response.append(entry, "resource");
    put(response, answer, "resourceType", "MessageHeader");
    put(response, answer, "id", id);
    const NodeId event = bundle.child(header, "eventCoding");
    if (event != no_node) {
        response.copy(bundle, event, answer, "eventCoding");
    }
    const NodeId source = response.append(answer, "source");
    put(response, source, "name", settings_.name);
    put(response, source, "endpoint",
        fmt::format("https://{}:{}/fhir", settings_.listen.address->host, server_->port()));
    const NodeId answered = response.append(answer, "response");
    put(response, answered, "identifier", bundle.child_value(header, "id"));
    put(response, answered, "code", "ok");
    return write_json(response);
}

TaskDecision ClinicTwin::Office::decide(const Document& bundle) const {
    EvaluationContext context;
    context.set_focus(root_value(bundle, schema_.get()));
    context.set_variable("resource", Collection{root_value(bundle, schema_.get())});
    if (holds(decline_when_, context)) {
        return {"rejected", settings_.clinic.decline_reason};
    }
    return {"accepted", {}};
}

void ClinicTwin::Office::decide_later(Case which, std::chrono::milliseconds delay) {
    reactor_.after(delay, [self = weak_from_this(), which = std::move(which)] {
        if (const auto office = self.lock()) {
            office->fetch_task(which);
        }
    });
}

void ClinicTwin::Office::fetch_task(const Case& which) {
    HttpCall call;
    call.target = settings_.gateway.path + "/Task/" + which.task;
    call.headers.set("Accept", "application/fhir+json");
    call.repeat = Repeat::harmless;
    gateway_.send(std::move(call), [self = weak_from_this(), which](const HttpResult& result) {
        const auto office = self.lock();
        if (!office) {
            return;
        }
        if (result.response && result.response->status == 200) {
            office->update_task(which, *result.response);
        } else {
            office->try_again(
                which, result.response ? std::to_string(result.response->status) : result.detail);
        }
    });
}

void ClinicTwin::Office::update_task(const Case& which, const HttpResponse& current) {
    HttpCall call;
    call.method = "PUT";
    call.target = settings_.gateway.path + "/Task/" + which.task;
    call.headers.set("Content-Type", "application/fhir+json");
    call.headers.set("If-Match", current.headers.find("ETag").value_or(""));
    call.body = make_body(write_answer(read_json(current.body, names_), which.decision));
    gateway_.send(std::move(call), [self = weak_from_this(), which](const HttpResult& result) {
        if (const auto office = self.lock()) {
            office->on_updated(which, result);
        }
    });
}

void ClinicTwin::Office::on_updated(const Case& which, const HttpResult& result) {
    const int status = result.response ? result.response->status : 0;
    if (status == 200) {
        events_.emit("task.answered", {{"task", which.task}, {"status", which.decision.status}});
    } else if (status == 0 || status == 409 || status == 412 || status == 429 || status >= 500) {
        try_again(which, status == 0 ? result.detail : std::to_string(status));
    } else {
        events_.emit("task.refused", {{"task", which.task},
                                      {"http", std::to_string(status)},
                                      {"body", *result.response->body}});
    }
}

void ClinicTwin::Office::try_again(Case which, std::string_view why) {
    if (++which.attempts >= attempts_max) {
        events_.emit("task.unanswered", {{"task", which.task}, {"reason", why}});
        return;
    }
    decide_later(std::move(which), between_attempts);
}

ClinicTwin::ClinicTwin(Reactor& reactor, const TwinSettings& settings, TwinEvents& events)
    : office_(std::make_shared<Office>(reactor, settings, events)) {
    office_->open();
}

ClinicTwin::~ClinicTwin() {
    office_->close();
}

}  // namespace gateway
