// The same request in one piece and in pieces ends the same way, whatever the bytes.
#include <cstdint>
#include <stdexcept>
#include <string>

#include "gateway/net/http_reader.h"

namespace {

using gateway::ReadStep;

void put(gateway::ByteBuffer& buffer, std::string_view bytes) {
    if (!bytes.empty()) {
        bytes.copy(buffer.space(bytes.size()).data(), bytes.size());
        buffer.filled(bytes.size());
    }
}

// How the request ends, and its body, when `piece` bytes come at a time.
std::string outcome(std::string_view input, std::size_t piece) {
    gateway::HttpRequestReader reader(
        {.head_bytes_max = 16'384, .target_bytes_max = 8192, .header_count_max = 100});
    gateway::ByteBuffer in;
    bool has_head = false;
    ReadStep step = ReadStep::more;
    while (step == ReadStep::more && !input.empty()) {
        put(in, input.substr(0, piece));
        input.remove_prefix(std::min(piece, input.size()));
        if (!has_head) {
            step = reader.read_head(in, {"localhost"});
            has_head = step == ReadStep::complete;
            if (has_head) {
                reader.head().body_bytes_max = 65'536;
                step = reader.begin_body();
            }
        }
        if (has_head && step == ReadStep::more) {
            step = reader.read_body(in);
        }
    }
    if (step != ReadStep::complete) {
        return step == ReadStep::refused ? "refused" : "more";
    }
    const gateway::HttpBody body = reader.body().finish();
    return reader.head().method + " " + reader.head().target + "\n" + (body ? *body : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string input(bytes, bytes + size);
    const std::string whole = outcome(input, std::max<std::size_t>(size, 1));
    const std::string pieces = outcome(input, 1 + size / 7);
    if (whole != pieces) {
        throw std::logic_error("a request means something else when it comes in pieces: " + whole +
                               " / " + pieces);
    }
    return 0;
}
