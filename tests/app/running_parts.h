// The whole gateway in this process, on the demo's settings, with the seams below it in the test's
// hands; and who asks it things: its operator, and a surgery with a real certificate.
#pragma once

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
    explicit GatewayHere(const GatewaySeams& seams = {}, const std::string& more_settings = {});
    ~GatewayHere();
    GatewayHere(const GatewayHere&) = delete;
    GatewayHere& operator=(const GatewayHere&) = delete;
    GatewayHere(GatewayHere&&) = delete;
    GatewayHere& operator=(GatewayHere&&) = delete;

    OpsAnswer ask(const std::string& target);

    // The acknowledgement of a sample message of the demo.
    std::string send_sample(const std::string& file);

    // Until the answer to `target` holds `text`, or 20 s are over; the last answer.
    OpsAnswer ask_until(const std::string& target, const std::string& text);

private:
    ScratchFolder folder_;
    Stage stage_;
    IoThreads io_;
    std::unique_ptr<Gateway> gateway_;
};

}  // namespace gateway
