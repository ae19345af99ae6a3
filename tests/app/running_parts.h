// The whole gateway in this process, on the demo's settings, with the seams below it in the test's
// hands; and who asks it things: its operator, and a surgery with a real certificate.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/app/assemble.h"
#include "gateway/app/demo/stage.h"
#include "gateway/net/http_client.h"
#include "tests/support/scratch_folder.h"

namespace gateway {

struct OpsAnswer {
    int status = 0;
    std::string content_type;
    std::string body;
};

class GatewayHere final {
public:
    // `change` is called with the files in place, before they are loaded.
    explicit GatewayHere(const GatewaySeams& seams = {}, const std::string& more_settings = {},
                         const std::function<void(const Stage&)>& change = {});
    ~GatewayHere();
    GatewayHere(const GatewayHere&) = delete;
    GatewayHere& operator=(const GatewayHere&) = delete;
    GatewayHere(GatewayHere&&) = delete;
    GatewayHere& operator=(GatewayHere&&) = delete;

    OpsAnswer ask(const std::string& target);

    // The acknowledgement of a sample message of the demo.
    std::string send_sample(const std::string& file);

    // The acknowledgement of a message of the demo's surgery.
    std::string send(const std::string& message);

    // The answer to a request with the certificate of "gp" or "clinic".
    HttpResponse call(const std::string& partner, HttpCall call);

    const Stage& stage() const { return stage_; }

    Gateway& gateway() { return *gateway_; }

    // Until the answer to `target` holds `text`, or 20 s are over; the last answer.
    OpsAnswer ask_until(const std::string& target, const std::string& text);

private:
    ScratchFolder folder_;
    Stage stage_;
    IoThreads io_;
    std::unique_ptr<Gateway> gateway_;
};

}  // namespace gateway
