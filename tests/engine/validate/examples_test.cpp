// The official R4 examples validate without errors, but for those that are wrong themselves: each
// is named here with its fault, and must go on being found.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "gateway/base/text.h"
#include "tests/engine/validate/support.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

fs::path examples_folder() {
    const char* named = std::getenv("PAINBRIDGE_CONFORMANCE_DIR");
    const fs::path root = named != nullptr
                              ? fs::path{named}
                              : fs::path{PAINBRIDGE_ROOT}.parent_path() / "shared/conformance";
    return root / "r4/examples";
}

// File -> what is wrong with it.
const std::map<std::string, std::string>& wrong_examples() {
    static const std::map<std::string, std::string> wrong = {
        {"Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json",
         "entry[3].fullUrl ends with pat12, its Patient has the id pat2"},
        {"Bundle-lri-example.json",
         "the fullUrls end with lri-…, the ids of the resources lack that prefix"},
        {"DeviceUseStatement-example.json", "reasonReference to a Procedure"},
        {"EventDefinition-example.json", "the narrative holds white space only"},
        {"MedicationRequest-medrx0301.json", "dispenseRequest.performer is a Practitioner"},
        {"Observation-clinical-gender.json", "performer is an Encounter"},
        {"Questionnaire-qs1.json", "items without linkId"},
    };
    return wrong;
}

std::string errors_of(const fs::path& path) {
    std::string errors;
    const Issues issues = issues_of_json(read_file(path.string()));
    for (const Issue& issue : issues) {
        if (issue.severity == Severity::error) {
            errors += render(issue, path.filename().string()) + "\n";
        }
    }
    return errors;
}

TEST(OfficialExamples, ValidateExceptTheWrongOnes) {
    if (!fs::is_directory(examples_folder())) {
        std::cout << "NOT CHECKED: the R4 examples are not at " << examples_folder() << "\n";
        GTEST_SKIP() << "set PAINBRIDGE_CONFORMANCE_DIR";
    }
    std::size_t checked = 0;
    for (const auto& entry : fs::directory_iterator(examples_folder())) {
        const std::string errors = errors_of(entry.path());
        const auto wrong = wrong_examples().find(entry.path().filename().string());
        if (wrong == wrong_examples().end()) {
            EXPECT_EQ(errors, "");
        } else {
            EXPECT_NE(errors, "") << "not found: " << wrong->first << ": " << wrong->second;
        }
        ++checked;
    }
    EXPECT_GT(checked, 0U);
}

}  // namespace
}  // namespace gateway
