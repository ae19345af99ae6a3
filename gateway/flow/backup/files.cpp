#include "gateway/flow/backup/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "gateway/base/act.h"
#include "gateway/base/digest_stream.h"
#include "gateway/base/failure.h"
#include "gateway/base/open_file.h"
#include "gateway/flow/store/sqlite/file_lock.h"

namespace gateway {

namespace {

constexpr std::size_t piece_bytes = 1U << 20U;
constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

Failure cannot(std::string_view act, const std::string& file, int error) {
    return {Category::unavailable, "a file cannot be used",
            fmt::format("{} cannot be {}: {}", file, act, std::generic_category().message(error))};
}

class PrivateFile final {
public:
    PrivateFile(const std::string& path, int flags, std::string_view act)
        : path_(path), file_(::open(path.c_str(), flags | O_CLOEXEC, owner_only)) {
        if (!file_.is_open()) {
            throw cannot(act, path, errno);
        }
    }

    // Empty at the end.
    std::string_view read(std::vector<char>& into) const {
        ssize_t size = -1;
        do {
            size = ::read(file_.descriptor(), into.data(), into.size());
        } while (size < 0 && errno == EINTR);
        if (size < 0) {
            throw cannot("read", path_, errno);
        }
        return {into.data(), static_cast<std::size_t>(size)};
    }

    void write(std::string_view bytes) const {
        const Act act(ActSite::private_write);
        while (!bytes.empty()) {
            const ssize_t size = ::write(file_.descriptor(), bytes.data(), bytes.size());
            if (size < 0 && errno != EINTR) {
                throw cannot("written", path_, errno);
            }
            bytes.remove_prefix(size < 0 ? 0 : static_cast<std::size_t>(size));
        }
    }

    void sync() const {
        const Act act(ActSite::private_sync);
        if (::fsync(file_.descriptor()) != 0) {
            throw cannot("made durable", path_, errno);
        }
    }

private:
    std::string path_;
    OpenFile file_;
};

CopiedFile walk(const std::string& from, const PrivateFile* to, const OnBytes& on_bytes) {
    const PrivateFile in(from, O_RDONLY, "opened");
    std::vector<char> piece(piece_bytes);
    DigestStream digest;
    CopiedFile copied;
    while (true) {
        const std::string_view bytes = in.read(piece);
        if (bytes.empty()) {
            copied.digest = digest.finish();
            return copied;
        }
        digest.add(bytes);
        if (to != nullptr) {
            to->write(bytes);
        }
        copied.bytes += bytes.size();
        if (on_bytes) {
            on_bytes(copied.bytes);
        }
    }
}

}  // namespace

void remove_if_there(const std::string& file) {
    const Act act(ActSite::private_removal);
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error) {
        throw cannot("removed", file, error.value());
    }
}

Unfinished::Unfinished(std::string name) : name_(std::move(name)) {
    clear();
}

Unfinished::~Unfinished() {
    clear();
}

void Unfinished::clear() const {
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(name_);
    const std::string own = absolute.filename();
    std::vector<std::filesystem::path> left;
    for (const auto& entry : std::filesystem::directory_iterator(absolute.parent_path(), ignored)) {
        const std::string name = entry.path().filename();
        if (name == own || name.starts_with(own + "-") || name.starts_with(own + ".")) {
            left.push_back(entry.path());
        }
    }
    const Act act(ActSite::unfinished_removal);
    for (const auto& path : left) {
        std::filesystem::remove(path, ignored);
    }
}

CopiedFile digest_of_file(const std::string& file, const OnBytes& on_bytes) {
    return walk(file, nullptr, on_bytes);
}

CopiedFile copy_private(const std::string& from, const std::string& to, const OnBytes& on_bytes) {
    remove_if_there(to);
    const PrivateFile out(to, O_WRONLY | O_CREAT | O_EXCL, "made");
    const CopiedFile copied = walk(from, &out, on_bytes);
    out.sync();
    return copied;
}

void write_private(const std::string& file, std::string_view text) {
    const std::string unfinished = file + ".part";
    remove_if_there(unfinished);
    {
        const PrivateFile out(unfinished, O_WRONLY | O_CREAT | O_EXCL, "made");
        out.write(text);
        out.sync();
    }
    rename_durably(unfinished, file);
}

void rename_durably(const std::string& from, const std::string& to) {
    const Act act(ActSite::private_name);
    std::error_code error;
    std::filesystem::rename(from, to, error);
    if (error) {
        throw cannot("renamed", from, error.value());
    }
    sqlite::sync_directory_of(to);
}

}  // namespace gateway
