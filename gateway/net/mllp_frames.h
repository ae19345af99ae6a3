// MLLP frames: <VT> message <FS><CR>. Finds complete messages in bytes as they come; what stands
// outside frames is skipped and counted, an unfinished frame is never a message.
// A start byte inside a frame means that the sender gave up the earlier one: that is dropped and
// counted. FS without CR is content: the message's own checks refuse it, where it can be answered.
// One thread. Spec: HL7 v2 Transport Specification: MLLP, Release 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/net/byte_buffer.h"
#include "gateway/net/incoming_body.h"

namespace gateway {

inline constexpr char mllp_start = '\x0B';
inline constexpr std::string_view mllp_end = "\x1C\r";

enum class FrameStep {
    more,
    message,
    message_too_long,
    too_much_junk,
    no_room,  // for the rest of this message now: ask again later, and read no more until then
};

class MllpFrames final {
public:
    MllpFrames(std::size_t message_bytes_max, std::size_t junk_bytes_max,
               std::shared_ptr<BodyRoom> room = nullptr)
        : message_bytes_max_(message_bytes_max),
          junk_bytes_max_(junk_bytes_max),
          body_(std::move(room)) {}

    // On `message`, message() holds it until the next call, and `in` holds what follows.
    FrameStep next(ByteBuffer& in);

    const std::shared_ptr<const std::string>& message() const { return message_; }

    // Of the unfinished frame, that are no longer in `in`.
    std::uint64_t bytes_taken() const { return body_.size(); }

    // Part of a frame has come.
    bool inside_frame() const { return inside_; }

    std::uint64_t junk_bytes() const { return junk_bytes_; }

    std::uint64_t broken_frames() const { return broken_frames_; }

private:
    bool skip_to_start(ByteBuffer& in);
    FrameStep take_part(ByteBuffer& in);
    FrameStep finish();

    std::size_t message_bytes_max_;
    std::size_t junk_bytes_max_;
    IncomingBody body_;  // of the frame, what was taken out of `in`
    std::shared_ptr<const std::string> message_;
    bool inside_ = false;
    bool ended_ = false;       // body_ holds all of the frame
    std::size_t scanned_ = 0;  // of `in`, inside a frame: has neither a start nor an end
    std::size_t junk_since_frame_ = 0;
    std::uint64_t junk_bytes_ = 0;
    std::uint64_t broken_frames_ = 0;
};

}  // namespace gateway
