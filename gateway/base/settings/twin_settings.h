// The settings of a simulated partner (`painbridge twin KIND --config FILE`): one TOML file.
#pragma once

#include <chrono>
#include <string>

#include "gateway/base/settings/settings.h"

namespace gateway {

// What a simulated clinic does with a referral.
struct ClinicSettings {
    // FHIRPath over the Bundle received: where it holds, the referral is declined.
    std::string decline_when = "false";
    Position decline_when_position = {};
    std::string decline_reason = "This service cannot take the referral";
    std::chrono::milliseconds decide_after = std::chrono::milliseconds(200);
};

struct TwinSettings {
    std::string file;
    std::string name = "twin";
    std::string inbox;      // a folder: what arrives is written there, a file a message; empty: not
    ListenSettings listen;  // where the gateway reaches it: MLLP for a gp, HTTPS for a clinic
    DeliverSettings
        gateway;  // how it reaches the gateway: mllps://… for a gp, https://…/ for a clinic
    ClinicSettings clinic;
};

// Faults as in `load_settings`.
TwinSettings load_twin_settings(const std::string& file, Issues& issues);

}  // namespace gateway
