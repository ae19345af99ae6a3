#include "gateway/net/mllp_frames.h"

#include <algorithm>

namespace gateway {

FrameStep MllpFrames::next(ByteBuffer& in) {
    for (;;) {
        if (!inside_ && !skip_to_start(in)) {
            return junk_since_frame_ > junk_bytes_max_ ? FrameStep::too_much_junk : FrameStep::more;
        }
        const std::string_view bytes = in.view();
        const auto end = bytes.find(mllp_end, scanned_);
        const auto restart = bytes.substr(0, end).find(mllp_start, scanned_);
        if (restart != std::string_view::npos) {
            ++broken_frames_;
            in.consume(restart + 1);
            scanned_ = 0;
            continue;
        }
        const bool half_end = end == std::string_view::npos && bytes.ends_with(mllp_end.front());
        const std::size_t length = std::min(end, bytes.size() - (half_end ? 1 : 0));
        if (length > message_bytes_max_) {
            return FrameStep::message_too_long;
        }
        if (end == std::string_view::npos) {
            // The last byte may be the first half of the end.
            scanned_ = bytes.empty() ? 0 : bytes.size() - 1;
            return FrameStep::more;
        }
        message_.assign(bytes.substr(0, end));
        in.consume(end + mllp_end.size());
        inside_ = false;
        scanned_ = 0;
        if (!message_.empty()) {
            return FrameStep::message;
        }
        ++broken_frames_;
    }
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
