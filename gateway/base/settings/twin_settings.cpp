#include "gateway/base/settings/twin_settings.h"

#include <filesystem>

#include "gateway/base/failure.h"
#include "gateway/base/settings/sections.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

using namespace std::chrono_literals;

void read_clinic(SectionReader& section, ClinicSettings& clinic) {
    section.text("decline_when", clinic.decline_when);
    section.text("decline_reason", clinic.decline_reason);
    section.duration("decide_after", clinic.decide_after, {0ms, 24h});
    clinic.decline_when_position = section.position_of("decline_when");
}

void read_twin(SectionReader& file, TwinSettings& twin) {
    file.text("name", twin.name);
    file.path("inbox", twin.inbox);
    file.section("listen", [&](SectionReader& listen) { read_listener(listen, twin.listen); });
    file.section("gateway", [&](SectionReader& gateway) { read_deliver(gateway, twin.gateway); });
    file.section("clinic", [&](SectionReader& clinic) { read_clinic(clinic, twin.clinic); });
    file.require("listen", "it is where the gateway reaches this partner");
    file.require("gateway", "it is how this partner reaches the gateway");
    file.finish();
}

}  // namespace

TwinSettings load_twin_settings(const std::string& file, Issues& issues) {
    TwinSettings twin;
    twin.file = file;
    const auto table = parse_toml(read_file(file), file, issues);
    if (table) {
        ReadContext context{file, std::filesystem::path(file).parent_path().string(), issues};
        SectionReader reader(context, &*table, "");
        read_twin(reader, twin);
    }
    return twin;
}

}  // namespace gateway
