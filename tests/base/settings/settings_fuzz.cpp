// Seeds: config config/partners config/demo/partners
// Any bytes as painbridge.toml and as a partner's file are read or refused with issues, never more.
#include <cstdint>

#include "gateway/base/settings/sections.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string content(bytes, bytes + size);
    gateway::Issues issues;
    const auto table = gateway::parse_toml(content, "fuzzed.toml", issues);
    if (!table) {
        return 0;
    }
    gateway::ReadContext context{"fuzzed.toml", "/nonexistent", issues};
    gateway::SectionReader as_settings(context, &*table, "");
    gateway::Settings settings;
    gateway::read_settings(as_settings, settings);
    gateway::SectionReader as_partner(context, &*table, "");
    gateway::Partner partner;
    gateway::read_partner(as_partner, partner);
    gateway::render_settings_issues(issues);
    return 0;
}
