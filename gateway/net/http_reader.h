// Reads HTTP/1.1 messages from bytes as they come: the only door to Boost.Beast's parsers. A
// message is complete only when its framing says so; a cut one never is. One reader a message, one
// thread. Spec: RFC 9112 §6 (body), §7 (chunks).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/byte_buffer.h"
#include "gateway/net/http_message.h"
#include "gateway/net/http_rules.h"
#include "gateway/net/incoming_body.h"

namespace gateway {

enum class ReadStep {
    more,      // all that is there has been understood; the message goes on
    complete,  // the head, or the body, is there
    refused,   // see refusal()
};

struct HttpReaderLimits {
    std::size_t head_bytes_max = 0;
    std::size_t target_bytes_max = 0;
    std::size_t header_count_max = 0;
};

// A body of known length, or chunked, or (responses only) until the peer ends the stream.
class HttpBodyBytes final {
public:
    enum class Framing { none, length, chunked, until_end };

    explicit HttpBodyBytes(std::shared_ptr<BodyRoom> room = nullptr) : bytes_(std::move(room)) {}

    void begin(Framing framing, std::uint64_t length);

    // Where the rest of a body of known length can be received without another copy; empty else,
    // and where there is no room for it.
    std::span<char> space();
    void filled(std::size_t size);

    // Of known length or until the end.
    ReadStep take(ByteBuffer& in, std::uint64_t bytes_max);

    // False where there is no room for it.
    bool append(std::string_view bytes) { return bytes_.append(bytes); }

    Framing framing() const { return framing_; }

    std::uint64_t received() const { return bytes_.size(); }

    bool is_full() const { return received() == length_; }

    // Bytes could not be kept: the body will never be complete.
    bool has_lost_bytes() const { return has_lost_bytes_; }

    // Gives back what it holds: it was refused.
    void drop() { bytes_.clear(); }

    // Null where there is no room for it in memory.
    HttpBody finish() { return bytes_.finish(); }

private:
    Framing framing_ = Framing::none;
    std::uint64_t length_ = 0;
    IncomingBody bytes_;
    bool has_lost_bytes_ = false;
};

class HttpRequestReader final {
public:
    explicit HttpRequestReader(const HttpReaderLimits& limits,
                               const std::shared_ptr<BodyRoom>& room = nullptr);
    ~HttpRequestReader();
    HttpRequestReader(HttpRequestReader&&) noexcept;
    HttpRequestReader& operator=(HttpRequestReader&&) noexcept;
    HttpRequestReader(const HttpRequestReader&) = delete;
    HttpRequestReader& operator=(const HttpRequestReader&) = delete;

    // Takes the head from `in` once it is all there, and checks the rules.
    ReadStep read_head(ByteBuffer& in, const std::vector<std::string>& hosts);

    HttpRequestHead& head();
    HttpVersion version() const;
    bool keep_alive() const;
    bool expects_continue() const;

    // After the head; holds the body to `head().body_bytes_max`.
    ReadStep begin_body();
    ReadStep read_body(ByteBuffer& in);
    HttpBodyBytes& body();

    HttpRefusal refusal() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// What was asked decides whether the response has a body (RFC 9110 §6.4.1).
enum class Asked { head_only, with_body };

class HttpResponseReader final {
public:
    HttpResponseReader(const HttpReaderLimits& limits, Asked asked, std::uint64_t body_bytes_max);
    ~HttpResponseReader();
    HttpResponseReader(HttpResponseReader&&) noexcept;
    HttpResponseReader& operator=(HttpResponseReader&&) noexcept;
    HttpResponseReader(const HttpResponseReader&) = delete;
    HttpResponseReader& operator=(const HttpResponseReader&) = delete;

    // Reads as far as it can; interim responses (1xx) are skipped.
    ReadStep read(ByteBuffer& in);

    // The peer ended the stream in good order: `complete` where the body was to end so.
    ReadStep end_of_stream();

    HttpBodyBytes& body();
    bool has_head() const;
    bool keep_alive() const;
    HttpResponse take_response();

    HttpRefusal refusal() const;

private:
    struct State;

    ReadStep read_one_head(ByteBuffer& in);
    ReadStep begin_body();
    ReadStep read_body(ByteBuffer& in);
    ReadStep refuse(std::string_view reason);

    HttpReaderLimits limits_;
    Asked asked_;
    std::uint64_t body_bytes_max_;
    std::unique_ptr<State> state_;
};

}  // namespace gateway
