// Beast asserts on input that it handles well (a last chunk cut at four bytes): an assert in a
// parser of foreign bytes would be a way to stop the gateway.
#define BOOST_DISABLE_ASSERTS

#include "gateway/net/http_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <utility>

namespace gateway {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;

// A chunk's head with its extensions, and trailers, are lines that wait in the buffer.
constexpr std::size_t chunk_line_bytes_max = 16UL * 1024;

std::string_view view(Text text) {
    return {text.data(), text.size()};
}

HttpRefusal refusal_of(const error_code& fault) {
    if (fault == http::error::header_limit) {
        return {431, "The head is too long."};
    }
    if (fault == http::error::body_limit) {
        return {413, "The body is too large."};
    }
    if (fault == http::error::bad_version) {
        return {400, "The HTTP version must be 1.0 or 1.1."};
    }
    if (fault == http::error::bad_content_length || fault == http::error::multiple_content_length) {
        return {400, "Content-Length must stand once and be a plain number."};
    }
    if (fault == http::error::bad_transfer_encoding) {
        return {400, "The only Transfer-Encoding understood here is: chunked."};
    }
    if (fault == http::error::bad_chunk || fault == http::error::bad_chunk_extension) {
        return {400, "The chunks of the body are malformed."};
    }
    return {400, "The head is no well-formed HTTP/1.1."};
}

// Beast drives it; it gathers start line, fields and chunks.
template <bool IsRequest>
class Parser final : public http::basic_parser<IsRequest> {
public:
    explicit Parser(const HttpReaderLimits& limits, std::shared_ptr<BodyRoom> room = nullptr)
        : body(std::move(room)), limits_(limits) {
        this->header_limit(static_cast<std::uint32_t>(
            std::min<std::size_t>(limits.head_bytes_max, std::numeric_limits<int>::max())));
        // Checked by us when the route is known; here it would hold only for chunks.
        this->body_limit(boost::none);
        this->eager(false);  // one step at a time: we look at each chunk's head first
    }

    std::string method;
    std::string target;
    int status = 0;
    HttpVersion version = HttpVersion::http_1_1;
    HttpHeaders headers;
    HttpBodyBytes body;
    bool head_done = false;
    std::uint64_t chunk_left = 0;             // 0: the head of a chunk comes next
    std::optional<HttpRefusal> refusal = {};  // where it was us who stopped the parser

private:
    void refuse(const HttpRefusal& why, error_code& ec) {
        refusal = why;
        ec = http::error::bad_field;
    }

    void on_request_impl(http::verb, Text verb, Text where, int number, error_code& ec) override {
        if (where.size() > limits_.target_bytes_max) {
            refuse({414, "The request target is too long."}, ec);
        }
        method = view(verb);
        target = view(where);
        note_version(number);
    }

    void on_response_impl(int code, Text, int number, error_code&) override {
        status = code;
        note_version(number);
    }

    void note_version(int number) {
        version = number >= 11 ? HttpVersion::http_1_1 : HttpVersion::http_1_0;
    }

    void on_field_impl(http::field, Text name, Text value, error_code& ec) override {
        if (head_done) {
            return;  // trailers say nothing that we use (RFC 9110 §6.5.1)
        }
        if (headers.size() >= limits_.header_count_max) {
            refuse({431, "There are too many headers."}, ec);
        } else if (!is_http_token(view(name)) || !is_http_field_value(view(value))) {
            refuse({400, "A header has a malformed name or value."}, ec);
        } else {
            headers.add(view(name), view(value));
        }
    }

    void on_header_impl(error_code&) override { head_done = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

    std::size_t on_body_impl(Text bytes, error_code&) override { return bytes.size(); }

    void on_chunk_header_impl(std::uint64_t size, Text, error_code&) override { chunk_left = size; }

    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, error_code& ec) override {
        if (!body.append(view(bytes))) {
            refuse(no_room_for_body, ec);
        }
        chunk_left -= bytes.size();
        return bytes.size();
    }

    void on_finish_impl(error_code&) override {}

    HttpReaderLimits limits_;
};

// RFC 9112 §2.2: an empty line before a message is skipped.
void skip_empty_lines(ByteBuffer& in) {
    while (in.view().starts_with("\r\n")) {
        in.consume(2);
    }
}

// A line that ends in a bare LF never completes a head for us; say so at once.
bool has_bare_line_feed(std::string_view bytes) {
    const auto at = bytes.find('\n');
    return at != std::string_view::npos && (at == 0 || bytes[at - 1] != '\r');
}

struct HeadStep {
    ReadStep step = ReadStep::more;
    HttpRefusal refusal = {};
};

constexpr HeadStep refused(int status, std::string_view reason) {
    return {ReadStep::refused, {status, reason}};
}

template <bool IsRequest>
HeadStep parse_head(Parser<IsRequest>& parser, ByteBuffer& in, std::size_t head_bytes_max) {
    skip_empty_lines(in);
    const std::string_view bytes = in.view();
    constexpr std::string_view blank_line = "\r\n\r\n";
    const auto end = bytes.substr(0, head_bytes_max).find(blank_line);
    if (end == std::string_view::npos) {
        if (bytes.size() >= head_bytes_max) {
            return refused(431, "The head is too long.");
        }
        if (has_bare_line_feed(bytes)) {
            return refused(400, "Lines must end in CR LF.");
        }
        return {ReadStep::more};
    }
    const std::string_view head = bytes.substr(0, end + blank_line.size());
    if (has_folded_line(head)) {
        return refused(400, "Folded header lines are not accepted.");
    }
    error_code fault;
    parser.put(boost::asio::const_buffer(head.data(), head.size()), fault);
    if (fault) {
        return {ReadStep::refused, parser.refusal.value_or(refusal_of(fault))};
    }
    if (!parser.is_header_done()) {
        return refused(400, "The head is no well-formed HTTP/1.1.");
    }
    in.consume(head.size());
    return {ReadStep::complete};
}

// Beast seeks the end of a quoted extension beyond its line, where other servers end the line: the
// two would see other chunks. `bytes` begin with the head of a chunk, behind the end of the last.
bool has_quoted_extension(std::string_view bytes) {
    const std::size_t begin = bytes.starts_with("\r\n") ? 2 : 0;
    const std::string_view line = bytes.substr(begin, bytes.find('\n', begin) - begin);
    return line.find('"') != std::string_view::npos;
}

template <bool IsRequest>
HeadStep parse_chunks(Parser<IsRequest>& parser, ByteBuffer& in) {
    while (!parser.is_done() && !in.empty()) {
        error_code fault;
        const std::string_view bytes = in.view();
        if (parser.chunk_left == 0 && has_quoted_extension(bytes)) {
            return refused(400, "Quoted chunk extensions are not accepted.");
        }
        const auto taken = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), fault);
        in.consume(taken);
        if (fault == http::error::need_more) {
            break;
        }
        if (fault) {
            return {ReadStep::refused, parser.refusal.value_or(refusal_of(fault))};
        }
    }
    if (parser.is_done()) {
        return {ReadStep::complete};
    }
    if (in.size() > chunk_line_bytes_max) {
        return refused(400, "A line between chunks is too long.");
    }
    return {ReadStep::more};
}

}  // namespace

void HttpBodyBytes::begin(Framing framing, std::uint64_t length) {
    framing_ = framing;
    length_ = length;
    bytes_.expect(length);
}

std::span<char> HttpBodyBytes::space() {
    if (framing_ != Framing::length || is_full()) {
        return {};
    }
    return bytes_.space(length_ - received());
}

void HttpBodyBytes::filled(std::size_t size) {
    has_lost_bytes_ = !bytes_.filled(size) || has_lost_bytes_;
}

ReadStep HttpBodyBytes::take(ByteBuffer& in, std::uint64_t bytes_max) {
    if (framing_ == Framing::until_end) {
        if (received() + in.size() > bytes_max || !append(in.view())) {
            return ReadStep::refused;
        }
        in.clear();
        return ReadStep::more;
    }
    const auto part = in.view().substr(0, length_ - received());
    has_lost_bytes_ = has_lost_bytes_ || !append(part);
    if (has_lost_bytes_) {
        return ReadStep::refused;
    }
    in.consume(part.size());
    return is_full() ? ReadStep::complete : ReadStep::more;
}

struct HttpRequestReader::State {
    State(const HttpReaderLimits& limits, std::shared_ptr<BodyRoom> room)
        : head_bytes_max(limits.head_bytes_max), parser(limits, std::move(room)) {}

    std::size_t head_bytes_max;
    Parser<true> parser;
    HttpRequestHead head;
    HttpRefusal refusal;
};

HttpRequestReader::HttpRequestReader(const HttpReaderLimits& limits,
                                     const std::shared_ptr<BodyRoom>& room)
    : state_(std::make_unique<State>(limits, room)) {
}

HttpRequestReader::~HttpRequestReader() = default;
HttpRequestReader::HttpRequestReader(HttpRequestReader&&) noexcept = default;
HttpRequestReader& HttpRequestReader::operator=(HttpRequestReader&&) noexcept = default;

ReadStep HttpRequestReader::read_head(ByteBuffer& in, const std::vector<std::string>& hosts) {
    const HeadStep parsed = parse_head(state_->parser, in, state_->head_bytes_max);
    state_->refusal = parsed.refusal;
    if (parsed.step != ReadStep::complete) {
        return parsed.step;
    }
    HttpRequestHead& head = state_->head;
    head.method = std::move(state_->parser.method);
    head.target = std::move(state_->parser.target);
    head.headers = std::move(state_->parser.headers);
    if (const auto refusal = apply_rules(head, state_->parser.version, hosts)) {
        state_->refusal = *refusal;
        return ReadStep::refused;
    }
    if (const auto length = state_->parser.content_length()) {
        head.content_length = *length;
    }
    return ReadStep::complete;
}

HttpRequestHead& HttpRequestReader::head() {
    return state_->head;
}

HttpVersion HttpRequestReader::version() const {
    return state_->parser.version;
}

bool HttpRequestReader::keep_alive() const {
    return state_->parser.keep_alive();
}

bool HttpRequestReader::expects_continue() const {
    return version() == HttpVersion::http_1_1 && state_->head.headers.find("expect").has_value();
}

ReadStep HttpRequestReader::begin_body() {
    using Framing = HttpBodyBytes::Framing;
    auto& parser = state_->parser;
    const auto length = state_->head.content_length.value_or(0);
    if (length > state_->head.body_bytes_max) {
        state_->refusal = {413, "The body is too large."};
        return ReadStep::refused;
    }
    if (parser.chunked()) {
        parser.body_limit(state_->head.body_bytes_max);
        parser.body.begin(Framing::chunked, 0);
        return ReadStep::more;
    }
    parser.body.begin(length > 0 ? Framing::length : Framing::none, length);
    return length > 0 ? ReadStep::more : ReadStep::complete;
}

ReadStep HttpRequestReader::read_body(ByteBuffer& in) {
    if (body().framing() != HttpBodyBytes::Framing::chunked) {
        state_->refusal = no_room_for_body;  // the one thing that can be wrong here
        return body().take(in, state_->head.body_bytes_max);
    }
    const HeadStep parsed = parse_chunks(state_->parser, in);
    state_->refusal = parsed.refusal;
    return parsed.step;
}

HttpBodyBytes& HttpRequestReader::body() {
    return state_->parser.body;
}

HttpRefusal HttpRequestReader::refusal() const {
    return state_->refusal;
}

struct HttpResponseReader::State {
    explicit State(const HttpReaderLimits& limits) : parser(limits) {}

    Parser<false> parser;
    HttpRefusal refusal;
    bool has_head = false;
};

HttpResponseReader::HttpResponseReader(const HttpReaderLimits& limits, Asked asked,
                                       std::uint64_t body_bytes_max)
    : limits_(limits),
      asked_(asked),
      body_bytes_max_(body_bytes_max),
      state_(std::make_unique<State>(limits)) {
}

HttpResponseReader::~HttpResponseReader() = default;
HttpResponseReader::HttpResponseReader(HttpResponseReader&&) noexcept = default;
HttpResponseReader& HttpResponseReader::operator=(HttpResponseReader&&) noexcept = default;

ReadStep HttpResponseReader::read(ByteBuffer& in) {
    while (!state_->has_head) {
        const ReadStep step = read_one_head(in);
        if (step != ReadStep::complete) {
            return step;
        }
        const bool interim = state_->parser.status < 200;
        if (!interim) {
            break;
        }
        state_ = std::make_unique<State>(limits_);
    }
    if (!state_->has_head) {
        state_->has_head = true;
        const ReadStep step = begin_body();
        if (step != ReadStep::more) {
            return step;
        }
    }
    return read_body(in);
}

ReadStep HttpResponseReader::read_one_head(ByteBuffer& in) {
    if (asked_ == Asked::head_only) {
        state_->parser.skip(true);
    }
    const HeadStep parsed = parse_head(state_->parser, in, limits_.head_bytes_max);
    state_->refusal = parsed.refusal;
    return parsed.step;
}

ReadStep HttpResponseReader::begin_body() {
    using Framing = HttpBodyBytes::Framing;
    auto& parser = state_->parser;
    const auto& headers = parser.headers;
    // RFC 9112 §6.3: a transfer coding that we do not know leaves the length unknown.
    const auto coding = headers.find("transfer-encoding");
    if (coding && !parser.chunked()) {
        return refuse("an unknown transfer coding");
    }
    if (headers.count("content-length") > 1) {
        return refuse("more than one Content-Length");
    }
    if (parser.is_done()) {
        return ReadStep::complete;
    }
    const auto length = parser.content_length();
    if (length && *length > body_bytes_max_) {
        return refuse("a body beyond the limit");
    }
    if (length) {
        parser.body.begin(Framing::length, *length);
    } else if (parser.chunked()) {
        parser.body_limit(body_bytes_max_);
        parser.body.begin(Framing::chunked, 0);
    } else {
        parser.body.begin(Framing::until_end, 0);
    }
    return ReadStep::more;
}

ReadStep HttpResponseReader::read_body(ByteBuffer& in) {
    if (body().framing() == HttpBodyBytes::Framing::chunked) {
        const HeadStep parsed = parse_chunks(state_->parser, in);
        state_->refusal = parsed.refusal;
        return parsed.step;
    }
    const ReadStep step = body().take(in, body_bytes_max_);
    if (step == ReadStep::refused) {
        return refuse("a body beyond the limit");
    }
    return step;
}

ReadStep HttpResponseReader::refuse(std::string_view reason) {
    state_->refusal = {502, reason};
    return ReadStep::refused;
}

ReadStep HttpResponseReader::end_of_stream() {
    const bool ends_so = has_head() && body().framing() == HttpBodyBytes::Framing::until_end;
    return ends_so ? ReadStep::complete : ReadStep::refused;
}

HttpBodyBytes& HttpResponseReader::body() {
    return state_->parser.body;
}

bool HttpResponseReader::has_head() const {
    return state_->has_head;
}

bool HttpResponseReader::keep_alive() const {
    return state_->parser.keep_alive();
}

HttpResponse HttpResponseReader::take_response() {
    auto& parser = state_->parser;
    return {parser.status, std::move(parser.headers), parser.body.finish()};
}

HttpRefusal HttpResponseReader::refusal() const {
    return state_->refusal;
}

}  // namespace gateway
