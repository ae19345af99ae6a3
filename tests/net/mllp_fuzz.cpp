// Frames are the same whether the bytes come at once or in pieces.
#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "gateway/net/mllp_frames.h"

namespace {

std::vector<std::string> messages(std::string_view input, std::size_t piece) {
    using gateway::FrameStep;
    gateway::MllpFrames frames(4096, 4096);
    gateway::ByteBuffer in;
    std::vector<std::string> found;
    while (!input.empty()) {
        const std::string_view part = input.substr(0, piece);
        part.copy(in.space(part.size()).data(), part.size());
        in.filled(part.size());
        input.remove_prefix(part.size());
        FrameStep step = frames.next(in);
        for (; step == FrameStep::message; step = frames.next(in)) {
            found.push_back(*frames.message());
        }
        if (step != FrameStep::more) {
            found.emplace_back("closed");
            return found;
        }
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string input(bytes, bytes + size);
    // A limit is noticed at the end of a piece, so inputs that pass none are compared.
    if (size < 4096 &&
        messages(input, std::max<std::size_t>(size, 1)) != messages(input, 1 + size / 7)) {
        throw std::logic_error("frames depend on how the bytes come");
    }
    messages(input, 1 + size / 3);
    return 0;
}
