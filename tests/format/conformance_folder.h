// Where published test material lies: $PAINBRIDGE_CONFORMANCE_DIR, else ../shared/conformance
// beside the repository. Nothing if it is not there; tests then skip and say so.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

inline std::optional<std::filesystem::path> conformance_folder(std::string_view part) {
    const char* const given = std::getenv("PAINBRIDGE_CONFORMANCE_DIR");
    const std::filesystem::path root =
        given != nullptr ? std::filesystem::path{given}
                         : std::filesystem::path{PAINBRIDGE_ROOT} / "../shared/conformance";
    const auto folder = root / part;
    return std::filesystem::is_directory(folder) ? std::optional{folder} : std::nullopt;
}

}  // namespace gateway
