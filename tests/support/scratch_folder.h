// A folder below the temporary one that goes with its owner, and the files written to it. For
// tests.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

class ScratchFolder final {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ScratchFolder(ScratchFolder&&) = delete;
    ScratchFolder& operator=(ScratchFolder&&) = delete;

    const std::string& path() const { return path_; }

    std::string file(const std::string& name) const { return path_ + "/" + name; }

    // The path of the new file.
    std::string write(const std::string& name, std::string_view text) const;

private:
    std::string path_;
};

}  // namespace gateway
