#include "gateway/net/http_server.h"

#include <atomic>
#include <utility>

#include "gateway/base/text.h"
#include "gateway/net/http_server_connection.h"

namespace gateway {

struct HttpReply::Once {
    Once(std::shared_ptr<Mailbox> box, std::weak_ptr<HttpServerConnection> to, std::uint64_t number)
        : mailbox(std::move(box)), connection(std::move(to)), request(number) {}

    Once(const Once&) = delete;
    Once& operator=(const Once&) = delete;

    ~Once() {
        if (answered.exchange(true)) {
            return;
        }
        mailbox->post([to = connection, number = request] {
            if (const auto alive = to.lock()) {
                alive->answer_dropped(number);
            }
        });
    }

    std::shared_ptr<Mailbox> mailbox;
    std::weak_ptr<HttpServerConnection> connection;
    std::uint64_t request;
    std::atomic<bool> answered = false;
};

HttpReply::HttpReply(std::shared_ptr<Mailbox> mailbox,
                     std::weak_ptr<HttpServerConnection> connection, std::uint64_t request)
    : once_(std::make_shared<Once>(std::move(mailbox), std::move(connection), request)) {
}

void HttpReply::send(HttpResponse response) const {
    if (once_->answered.exchange(true)) {
        return;
    }
    once_->mailbox->post(
        [to = once_->connection, number = once_->request, response = std::move(response)] {
            if (const auto alive = to.lock()) {
                alive->answer(number, response);
            }
        });
}

namespace {

std::shared_ptr<HttpService> make_service(const HttpServerSettings& settings,
                                          HttpServer::OnRequest on_request,
                                          HttpServer::OnHead on_head) {
    auto service = std::make_shared<HttpService>();
    service->limits = settings.limits;
    for (const auto& host : settings.hosts) {
        service->hosts.push_back(lower_case(host));
    }
    service->on_request = std::move(on_request);
    service->on_head = std::move(on_head);
    service->render_refusal = settings.render_refusal;
    service->on_fault = settings.on_fault;
    service->room = settings.room;
    return service;
}

}  // namespace

HttpServer::HttpServer(std::vector<Reactor*> reactors, const HttpServerSettings& settings,
                       OnRequest on_request, OnHead on_head)
    : service_(make_service(settings, std::move(on_request), std::move(on_head))) {
    listener_ = std::make_unique<Listener>(
        std::move(reactors),
        Listener::Settings{settings.address, settings.tls, settings.limits.connection,
                           settings.on_fault},
        [service = service_](Arrival arrival) {
            return std::make_shared<HttpServerConnection>(std::move(arrival), service);
        });
}

HttpServer::~HttpServer() {
    stop(std::chrono::milliseconds(0));
}

void HttpServer::replace_tls(std::shared_ptr<const TlsContext> tls) {
    listener_->replace_tls(std::move(tls));
}

void HttpServer::close_where(const std::function<bool(const PeerCertificate&)>& unwelcome) {
    listener_->close_where(unwelcome);
}

void HttpServer::stop(std::chrono::milliseconds grace) {
    listener_->stop(grace);
}

}  // namespace gateway
