#include "tests/app/running_parts.h"

#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/net/mllp_client.h"

namespace gateway {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

std::shared_ptr<const Snapshot> snapshot_of(const Stage& stage, const std::string& more_settings,
                                            const std::function<void(const Stage&)>& change) {
    std::ofstream(stage.config() + "/painbridge.toml", std::ios::app)
        << "\n[log]\nfile = \"" << stage.log("gateway") << "\"\n"
        << more_settings;
    if (change) {
        change(stage);
    }
    Issues issues;
    auto snapshot = load_snapshot(stage.config(), issues);
    if (issues.has_errors()) {
        throw std::logic_error(render_settings_issues(issues));
    }
    return snapshot;
}

}  // namespace

GatewayHere::GatewayHere(const GatewaySeams& seams, const std::string& more_settings,
                         const std::function<void(const Stage&)>& change)
    : stage_(set_stage(folder_.file("stage"), PAINBRIDGE_ROOT)),
      io_(1),
      gateway_(std::make_unique<Gateway>(snapshot_of(stage_, more_settings, change), seams)) {
}

GatewayHere::~GatewayHere() = default;

OpsAnswer GatewayHere::ask(const std::string& target) {
    HttpClient client(io_[0], {.address = {"127.0.0.1", stage_.ports.ops}, .tls = nullptr});
    std::promise<HttpResult> done;
    client.send({.target = target}, [&](HttpResult result) { done.set_value(std::move(result)); });
    const HttpResult result = done.get_future().get();
    if (!result.response) {
        throw std::runtime_error(result.detail);
    }
    return {result.response->status,
            std::string{result.response->headers.find("Content-Type").value_or("")},
            result.response->body ? *result.response->body : std::string{}};
}

OpsAnswer GatewayHere::ask_until(const std::string& target, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    OpsAnswer answer = ask(target);
    while (answer.body.find(text) == std::string::npos &&
           std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(10ms);
        answer = ask(target);
    }
    return answer;
}

std::string GatewayHere::send_sample(const std::string& file) {
    return send(read_file(stage_.assets + "/config/demo/messages/" + file));
}

HttpResponse GatewayHere::call(const std::string& partner, HttpCall call) {
    const std::string tls = stage_.folder + "/tls/" + partner;
    HttpClient client(io_[0],
                      {.address = {"localhost", stage_.ports.https},
                       .tls = TlsContext::client({.certificate_chain = tls + ".pem",
                                                  .private_key = tls + ".key",
                                                  .authorities = stage_.folder + "/tls/ca.pem"})});
    std::promise<HttpResult> done;
    client.send(std::move(call), [&](HttpResult result) { done.set_value(std::move(result)); });
    HttpResult result = done.get_future().get();
    if (!result.response) {
        throw std::runtime_error(result.detail);
    }
    return std::move(*result.response);
}

std::string GatewayHere::send(const std::string& message) {
    const std::string tls = stage_.folder + "/tls/";
    MllpClient client(io_[0], {.address = {"localhost", stage_.ports.mllp},
                               .tls = TlsContext::client({.certificate_chain = tls + "gp.pem",
                                                          .private_key = tls + "gp.key",
                                                          .authorities = tls + "ca.pem"})});
    std::promise<MllpResult> done;
    client.send(std::make_shared<const std::string>(message),
                [&](MllpResult result) { done.set_value(std::move(result)); });
    const MllpResult result = done.get_future().get();
    if (!result.reply) {
        throw std::runtime_error(result.detail);
    }
    return *result.reply;
}

}  // namespace gateway
