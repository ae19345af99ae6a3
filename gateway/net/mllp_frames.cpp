#include "gateway/net/mllp_frames.h"

#include <algorithm>

namespace gateway {

namespace {

// A frame beyond this leaves the buffer that it is received into.
constexpr std::size_t taken_from = 32UL * 1024;

}  // namespace

FrameStep MllpFrames::next(ByteBuffer& in) {
    message_ = nullptr;
    for (;;) {
        if (ended_) {
            return finish();
        }
        if (!inside_ && !skip_to_start(in)) {
            return junk_since_frame_ > junk_bytes_max_ ? FrameStep::too_much_junk : FrameStep::more;
        }
        const std::string_view bytes = in.view();
        const auto end = bytes.find(mllp_end, scanned_);
        const auto restart = bytes.substr(0, end).find(mllp_start, scanned_);
        if (restart != std::string_view::npos) {
            ++broken_frames_;
            body_.clear();
            in.consume(restart + 1);
            scanned_ = 0;
            continue;
        }
        const bool half_end = end == std::string_view::npos && bytes.ends_with(mllp_end.front());
        const std::size_t length = std::min(end, bytes.size() - (half_end ? 1 : 0));
        if (body_.size() + length > message_bytes_max_) {
            return FrameStep::message_too_long;
        }
        if (end == std::string_view::npos) {
            return take_part(in);
        }
        if (!body_.append(bytes.substr(0, end))) {
            return FrameStep::no_room;
        }
        in.consume(end + mllp_end.size());
        inside_ = false;
        scanned_ = 0;
        ended_ = body_.size() > 0;
        broken_frames_ += ended_ ? 0 : 1;
    }
}

// The frame goes on. The last byte may be the first half of its end.
FrameStep MllpFrames::take_part(ByteBuffer& in) {
    scanned_ = in.empty() ? 0 : in.size() - 1;
    if (scanned_ < taken_from) {
        return FrameStep::more;
    }
    if (!body_.append(in.view().substr(0, scanned_))) {
        return FrameStep::no_room;
    }
    in.consume(scanned_);
    scanned_ = 0;
    return FrameStep::more;
}

FrameStep MllpFrames::finish() {
    message_ = body_.finish();
    ended_ = message_ == nullptr;
    return ended_ ? FrameStep::no_room : FrameStep::message;
}

// False where no frame has begun yet; takes the start byte where one has.
bool MllpFrames::skip_to_start(ByteBuffer& in) {
    const auto start = in.view().find(mllp_start);
    const std::size_t junk = std::min(start, in.size());
    junk_bytes_ += junk;
    junk_since_frame_ += junk;
    in.consume(junk);
    if (start == std::string_view::npos || junk_since_frame_ > junk_bytes_max_) {
        return false;
    }
    in.consume(1);
    inside_ = true;
    scanned_ = 0;
    junk_since_frame_ = 0;
    return true;
}

}  // namespace gateway
