#include "tests/conformance/archive.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "gateway/base/text.h"
#include "tests/support/scratch_folder.h"

namespace gateway::conformance {
namespace {

void for_each_file_of_folder(const std::filesystem::path& folder, const VisitFile& visit) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    for (const std::filesystem::path& file : files) {
        visit(std::filesystem::relative(file, folder).string(), read_file(file.string()));
    }
}

}  // namespace

void for_each_file(const std::string& path, const VisitFile& visit) {
    if (std::filesystem::is_directory(path)) {
        for_each_file_of_folder(path, visit);
        return;
    }
    if (!std::filesystem::exists(path) || path.find('\'') != std::string::npos) {
        throw std::runtime_error("there is no folder or package " + path);
    }
    const ScratchFolder scratch;
    const std::string command = "tar -xzf '" + path + "' -C '" + scratch.path() + "'";
    if (std::system(command.c_str()) != 0) {
        throw std::runtime_error("cannot unpack " + path);
    }
    for_each_file_of_folder(scratch.path(), visit);
}

}  // namespace gateway::conformance
