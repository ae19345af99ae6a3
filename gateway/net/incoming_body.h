// A body as it comes: in memory, and beyond the room's threshold in a file (spill_file.h), so that
// an upload that stalls holds no memory. Complete, it is one text again, whose memory stays charged
// to the room until the last holder lets go. Nothing here changes where there is no room: the same
// call may be made again. Move-only; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/body_room.h"
#include "gateway/net/spill_file.h"

namespace gateway {

class IncomingBody final {
public:
    // Without a room: in memory, unbounded.
    explicit IncomingBody(std::shared_ptr<BodyRoom> room = nullptr);
    IncomingBody(IncomingBody&& other) noexcept;
    IncomingBody& operator=(IncomingBody&& other) noexcept;
    IncomingBody(const IncomingBody&) = delete;
    IncomingBody& operator=(const IncomingBody&) = delete;
    ~IncomingBody();

    // So many bytes were announced; memory grows with what has come, not with what was promised.
    void expect(std::uint64_t length);

    // Where up to `wanted` more bytes can be received without another copy; empty where there is no
    // room. After filled() with false the bytes in it are not part of the body: append() them.
    std::span<char> space(std::uint64_t wanted);
    bool filled(std::size_t size);

    bool append(std::string_view bytes);

    std::uint64_t size() const { return spilled() + used_; }

    bool is_in_file() const { return file_ != nullptr; }

    // All of it, and empty from then on; null where there is no room for it in memory.
    std::shared_ptr<const std::string> finish();

    void clear();

private:
    bool goes_to_file(std::uint64_t size) const;
    bool spill();
    bool write(SpillFile& file, std::string_view bytes);

    std::uint64_t spilled() const { return file_ ? file_->size() : 0; }

    std::shared_ptr<const std::string> read_back();

    std::shared_ptr<BodyRoom> room_;
    std::string bytes_;     // longer than what is used for a while
    std::size_t used_ = 0;  // of bytes_, in memory
    RoomCharge memory_;
    std::unique_ptr<SpillFile> file_;
    RoomCharge disk_;
    std::uint64_t expected_ = 0;
};

}  // namespace gateway
