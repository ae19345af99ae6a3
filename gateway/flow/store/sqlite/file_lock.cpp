#include "gateway/flow/store/sqlite/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/base/open_file.h"

namespace gateway::sqlite {

namespace {

constexpr mode_t owner_only = 0600;

Failure failure(const std::string& what, int error) {
    const std::string reason = std::generic_category().message(error);
    return {Category::unavailable, "the store cannot be opened",
            fmt::format("{}: {}", what, reason)};
}

}  // namespace

FileLock::FileLock(const std::string& path) {
    const Act act(ActSite::store_lock);
    descriptor_ = ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_only);
    if (descriptor_ < 0) {
        throw failure(fmt::format("{}.lock cannot be made", path), errno);
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        ::close(descriptor_);
        throw failure(
            fmt::format("{} is in use by another Painbridge: stop it, or name another path", path),
            error);
    }
}

FileLock::~FileLock() {
    ::close(descriptor_);
}

void make_private_file(const std::string& path) {
    const OpenFile file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_only));
    if (!file.is_open()) {
        throw failure(fmt::format("{} cannot be made", path), errno);
    }
}

void sync_directory_of(const std::string& path) {
    const Act act(ActSite::store_folder);
    const std::string folder = std::filesystem::absolute(path).parent_path();
    const OpenFile held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!held.is_open()) {
        throw failure(fmt::format("{} cannot be opened", folder), errno);
    }
    if (::fsync(held.descriptor()) != 0) {
        throw failure(fmt::format("{} cannot be made durable", folder), errno);
    }
}

}  // namespace gateway::sqlite
