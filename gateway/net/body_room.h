// The room that all bodies being received share: how much memory they may hold, from which size on
// one goes to a file, and how much disk those files may take. What is taken is given back by a
// RoomCharge. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gateway {

struct BodyRoomLimits {
    std::uint64_t memory_bytes_max = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t spill_above = std::numeric_limits<std::uint64_t>::max();  // a body's size
    std::uint64_t spill_bytes_max = 0;                                      // of all files
    std::string spill_folder = {};
};

class BodyRoom final {
public:
    enum class Kind { memory, disk };

    // Told what could not be done with a body's file, and the errno: at most once a second. Called
    // on whichever thread met it.
    using OnTrouble = std::function<void(std::string_view act, int error)>;

    explicit BodyRoom(BodyRoomLimits limits, OnTrouble on_trouble = {})
        : limits_(std::move(limits)), on_trouble_(std::move(on_trouble)) {}

    // With errno as the failed call left it.
    void note_trouble(std::string_view act);

    // Whether there was so much; all of it or nothing.
    bool take(Kind kind, std::uint64_t bytes);
    void give_back(Kind kind, std::uint64_t bytes);

    std::uint64_t taken(Kind kind) const { return counter(kind).load(); }

    std::uint64_t spill_above() const { return limits_.spill_above; }

    // A new file without a name, mode 0600, that ends with its descriptor. -1, and errno says why,
    // where it cannot be had.
    int open_file() const;

private:
    std::atomic<std::uint64_t>& counter(Kind kind) {
        return kind == Kind::memory ? memory_ : disk_;
    }

    const std::atomic<std::uint64_t>& counter(Kind kind) const {
        return kind == Kind::memory ? memory_ : disk_;
    }

    BodyRoomLimits limits_;
    OnTrouble on_trouble_;
    std::atomic<std::int64_t> told_second_ = -1;
    std::atomic<std::uint64_t> memory_ = 0;
    std::atomic<std::uint64_t> disk_ = 0;
};

// What one body has taken of a room; without a room everything is granted. One thread at a time.
class RoomCharge final {
public:
    RoomCharge(std::shared_ptr<BodyRoom> room, BodyRoom::Kind kind)
        : room_(std::move(room)), kind_(kind) {}

    RoomCharge(RoomCharge&& other) noexcept;
    RoomCharge& operator=(RoomCharge&& other) noexcept;
    RoomCharge(const RoomCharge&) = delete;
    RoomCharge& operator=(const RoomCharge&) = delete;

    ~RoomCharge() { clear(); }

    // False, and nothing changed, where there is no room.
    bool grow_to(std::uint64_t bytes);
    void shrink_to(std::uint64_t bytes);

    void clear() { shrink_to(0); }

private:
    std::shared_ptr<BodyRoom> room_;
    BodyRoom::Kind kind_;
    std::uint64_t bytes_ = 0;
};

}  // namespace gateway
