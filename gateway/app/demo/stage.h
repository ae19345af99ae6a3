// The demo's world in one folder: an authority and certificates, a gateway's configuration, two
// simulated partners with theirs, and where their messages land. Made from the templates of
// config/demo, so that what the demo runs on is what a user reads.
#pragma once

#include <cstdint>
#include <string>

namespace gateway {

struct StagePorts {
    std::uint16_t mllp = 0;
    std::uint16_t https = 0;
    std::uint16_t ops = 0;
    std::uint16_t gp = 0;
    std::uint16_t clinic = 0;
};

struct Stage {
    std::string folder;
    std::string assets;  // the folder with config/demo and mappings
    StagePorts ports;

    std::string config() const { return folder + "/gateway"; }

    std::string store() const { return folder + "/gateway/painbridge.db"; }

    std::string gp_inbox() const { return folder + "/gp-inbox"; }

    std::string clinic_inbox() const { return folder + "/clinic-inbox"; }

    std::string log(const std::string& of) const { return folder + "/" + of + ".log"; }
};

// `folder` must be empty or missing. A Failure says what could not be made.
Stage set_stage(const std::string& folder, const std::string& assets);

// Adds a file of settings to the gateway's own, such as a table [store.postgres].
void add_settings(const Stage& stage, const std::string& file);

}  // namespace gateway
