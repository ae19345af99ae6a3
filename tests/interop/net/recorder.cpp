#include "tests/interop/net/recorder.h"

#include <charconv>
#include <stdexcept>
#include <vector>

#include "gateway/base/text.h"
#include "tests/interop/net/http_reading.h"

namespace gateway {

namespace {

struct Unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Ended : std::runtime_error {
    Ended() : std::runtime_error("the peer has ended") {}
};

// Takes bytes off a connection; throws Ended where there are no more.
class Tap final {
public:
    explicit Tap(RawPeer& peer) : peer_(peer) {}

    std::string take(std::size_t size) {
        while (bytes_.size() < size) {
            more();
        }
        std::string taken = bytes_.substr(0, size);
        bytes_.erase(0, size);
        return taken;
    }

    // Without the mark.
    std::string take_until(std::string_view mark) {
        while (bytes_.find(mark) == std::string::npos) {
            more();
        }
        std::string taken = take(bytes_.find(mark));
        take(mark.size());
        return taken;
    }

private:
    void more() {
        const std::string bytes = peer_.receive_some(std::chrono::seconds(10));
        if (bytes.empty()) {
            throw Ended();
        }
        bytes_ += bytes;
    }

    RawPeer& peer_;
    std::string bytes_;
};

std::size_t number_in(std::string_view text, int base) {
    std::size_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (fault != std::errc() || end != text.data() + text.size()) {
        throw Unreadable("no number");
    }
    return number;
}

std::vector<std::string> values_of(std::string_view head, std::string_view name) {
    std::vector<std::string> values;
    for (const std::string_view line : split(head, '\n')) {
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
            values.emplace_back(trimmed(line.substr(colon + 1)));
        }
    }
    return values;
}

std::string take_chunks(Tap& tap) {
    std::string body;
    while (const std::size_t size = number_in(tap.take_until("\r\n"), 16)) {
        body += tap.take(size);
        if (tap.take(2) != "\r\n") {
            throw Unreadable("no end of a chunk");
        }
    }
    while (!tap.take_until("\r\n").empty()) {  // trailers
    }
    return body;
}

std::string take_body(Tap& tap, std::string_view head) {
    const auto codings = values_of(head, "transfer-encoding");
    const auto lengths = values_of(head, "content-length");
    if (codings.size() + lengths.size() > 1) {
        throw Unreadable("two framings");
    }
    if (!codings.empty()) {
        if (!equal_ignoring_case(codings.front(), "chunked")) {
            throw Unreadable("another coding");
        }
        return take_chunks(tap);
    }
    return lengths.empty() ? std::string() : tap.take(number_in(lengths.front(), 10));
}

// True where the connection goes on.
bool answer_one(Tap& tap, RawPeer& peer) {
    const std::string head = tap.take_until("\r\n\r\n");
    const auto words = split(std::string_view(head).substr(0, head.find('\r')), ' ');
    if (words.size() != 3) {
        throw Unreadable("no request line");
    }
    const std::string seen = seen_text(words[0], words[1], take_body(tap, head));
    const auto wishes = values_of(head, "connection");
    const bool last =
        words[2] == "HTTP/1.0" || (!wishes.empty() && lower_case(wishes.front()) == "close");
    peer.send("HTTP/1.1 200 OK\r\nX-Seen: " + seen + "\r\nContent-Length: 0\r\n" +
              (last ? "Connection: close\r\n\r\n" : "\r\n"));
    return !last;
}

}  // namespace

void record_requests(RawPeer& proxy) {
    Tap tap(proxy);
    try {
        while (answer_one(tap, proxy)) {
        }
    } catch (const Unreadable&) {
        proxy.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    } catch (const Ended&) {  // a cut request never happened
    }
}

}  // namespace gateway
