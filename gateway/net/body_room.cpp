#include "gateway/net/body_room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace gateway {

namespace {

// For file systems that know no O_TMPFILE: a name for a moment.
int open_and_unlink(const std::string& folder) {
    std::string path = folder + "/body-XXXXXX";
    const int file = ::mkostemp(path.data(), O_CLOEXEC);
    if (file >= 0) {
        ::unlink(path.c_str());
    }
    return file;
}

}  // namespace

bool BodyRoom::take(Kind kind, std::uint64_t bytes) {
    const std::uint64_t max =
        kind == Kind::memory ? limits_.memory_bytes_max : limits_.spill_bytes_max;
    std::atomic<std::uint64_t>& taken = counter(kind);
    std::uint64_t before = taken.load();
    do {
        if (bytes > max || before > max - bytes) {
            return false;
        }
    } while (!taken.compare_exchange_weak(before, before + bytes));
    return true;
}

void BodyRoom::give_back(Kind kind, std::uint64_t bytes) {
    counter(kind) -= bytes;
}

// A connection that waits for room tries again and again.
void BodyRoom::note_trouble(std::string_view act) {
    const int error = errno;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    if (on_trouble_ && told_second_.exchange(second) != second) {
        on_trouble_(act, error);
    }
}

int BodyRoom::open_file() const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): how POSIX opens a file
    const int file = ::open(limits_.spill_folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL,
                            S_IRUSR | S_IWUSR);
    const bool unknown = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
    return file < 0 && unknown ? open_and_unlink(limits_.spill_folder) : file;
}

RoomCharge::RoomCharge(RoomCharge&& other) noexcept
    : room_(std::move(other.room_)), kind_(other.kind_), bytes_(std::exchange(other.bytes_, 0)) {
}

RoomCharge& RoomCharge::operator=(RoomCharge&& other) noexcept {
    if (this != &other) {
        clear();
        room_ = std::move(other.room_);
        kind_ = other.kind_;
        bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
}

bool RoomCharge::grow_to(std::uint64_t bytes) {
    if (bytes <= bytes_) {
        return true;
    }
    if (room_ && !room_->take(kind_, bytes - bytes_)) {
        return false;
    }
    bytes_ = bytes;
    return true;
}

void RoomCharge::shrink_to(std::uint64_t bytes) {
    if (bytes >= bytes_) {
        return;
    }
    if (room_) {
        room_->give_back(kind_, bytes_ - bytes);
    }
    bytes_ = bytes;
}

}  // namespace gateway
