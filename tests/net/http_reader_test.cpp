// Fuzz-shaped: whatever the bytes and however they are cut, the readers neither crash nor pass a
// limit, and a message that was cut is never complete.
#include "gateway/net/http_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace gateway {
namespace {

constexpr HttpReaderLimits limits{4096, 1024, 50};
constexpr std::uint64_t body_max = 10'000;

void feed(ByteBuffer& in, std::string_view bytes) {
    const auto space = in.space(bytes.size());
    std::memcpy(space.data(), bytes.data(), bytes.size());
    in.filled(bytes.size());
}

// The body, where the bytes, given in pieces of `piece`, are a whole request.
std::optional<std::string> read_request(std::string_view bytes, std::size_t piece) {
    HttpRequestReader reader(limits);
    ByteBuffer in;
    bool has_head = false;
    while (!bytes.empty()) {
        feed(in, bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        if (!has_head) {
            const ReadStep step = reader.read_head(in, {});
            if (step == ReadStep::refused) {
                return std::nullopt;
            }
            if (step == ReadStep::more) {
                continue;
            }
            has_head = true;
            reader.head().body_bytes_max = body_max;
            const ReadStep body = reader.begin_body();
            if (body == ReadStep::refused) {
                return std::nullopt;
            }
            if (body == ReadStep::complete) {
                return *reader.body().finish();
            }
        }
        const ReadStep step = reader.read_body(in);
        EXPECT_LE(reader.body().received(), body_max);
        if (step == ReadStep::refused) {
            return std::nullopt;
        }
        if (step == ReadStep::complete) {
            return *reader.body().finish();
        }
    }
    return std::nullopt;
}

std::optional<std::string> read_response(std::string_view bytes, std::size_t piece,
                                         Asked asked = Asked::with_body) {
    HttpResponseReader reader(limits, asked, body_max);
    ByteBuffer in;
    while (!bytes.empty()) {
        feed(in, bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        const ReadStep step = reader.read(in);
        EXPECT_LE(reader.body().received(), body_max);
        if (step == ReadStep::refused) {
            return std::nullopt;
        }
        if (step == ReadStep::complete) {
            return *reader.take_response().body;
        }
    }
    if (reader.end_of_stream() == ReadStep::complete) {
        return *reader.take_response().body;
    }
    return std::nullopt;
}

const std::vector<std::string> requests = {
    "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nT: x\r\n\r\n",
};

const std::vector<std::string> responses = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nhello",
};

TEST(HttpReader, ReadsRequestsInPiecesOfEverySize) {
    for (const auto& request : requests) {
        for (std::size_t piece = 1; piece <= request.size(); ++piece) {
            EXPECT_EQ(read_request(request, piece), "hello") << piece;
        }
    }
}

TEST(HttpReader, ReadsResponsesInPiecesOfEverySize) {
    for (const auto& response : responses) {
        for (std::size_t piece = 1; piece <= response.size(); ++piece) {
            EXPECT_EQ(read_response(response, piece), "hello") << piece;
        }
    }
}

TEST(HttpReader, NeverTakesACutRequestForAWholeOne) {
    for (const auto& request : requests) {
        for (std::size_t size = 0; size < request.size(); ++size) {
            EXPECT_FALSE(read_request(std::string_view(request).substr(0, size), 7)) << size;
        }
    }
}

TEST(HttpReader, NeverTakesACutResponseForAWholeOne) {
    for (std::size_t i = 0; i + 1 < responses.size(); ++i) {  // the last ends with the stream
        for (std::size_t size = 0; size < responses[i].size(); ++size) {
            EXPECT_FALSE(read_response(std::string_view(responses[i]).substr(0, size), 7)) << size;
        }
    }
}

TEST(HttpReader, KnowsWhichResponsesHaveNoBody) {
    EXPECT_EQ(read_response("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 99, Asked::head_only),
              "");
    EXPECT_EQ(read_response("HTTP/1.1 204 No Content\r\n\r\n", 99), "");
    EXPECT_EQ(read_response("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 99), "");
}

TEST(HttpReader, RefusesAResponseBeyondTheLimit) {
    EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n", 99));
    EXPECT_FALSE(read_response("HTTP/1.0 200 OK\r\n\r\n" + std::string(10'001, 'x'), 999));
    EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2711\r\n" +
                                   std::string(10'001, 'x') + "\r\n0\r\n\r\n",
                               999));
}

TEST(HttpReader, RefusesAResponseWhoseLengthIsInDoubt) {
    EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello", 99));
    EXPECT_FALSE(read_response(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 99));
}

// Where a quoted text may go on over the end of its line, servers disagree about the next chunk.
TEST(HttpReader, RefusesAQuotedChunkExtension) {
    const std::string request = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string chunks :
         {"5;a=\"b\"\r\nhello\r\n0\r\n\r\n", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
          "5\r\nhello\r\n0;a=\"\r\n\r\n\"\r\n\r\n"}) {
        for (std::size_t piece = 1; piece <= 40; ++piece) {
            EXPECT_FALSE(read_request(request + chunks, piece)) << chunks << piece;
            EXPECT_FALSE(read_response(response + chunks, piece)) << chunks << piece;
        }
    }
    EXPECT_EQ(read_request(request + "5\r\n\"quo\"\r\n0\r\nT: \"x\"\r\n\r\n", 99), "\"quo\"");
}

TEST(HttpReader, BoundsTheLinesBetweenChunks) {
    HttpRequestReader reader(limits);
    ByteBuffer in;
    feed(in, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    ASSERT_EQ(reader.read_head(in, {}), ReadStep::complete);
    reader.head().body_bytes_max = body_max;
    ASSERT_EQ(reader.begin_body(), ReadStep::more);
    feed(in, "2;" + std::string(20'000, 'a'));
    EXPECT_EQ(reader.read_body(in), ReadStep::refused);
}

TEST(HttpReader, SurvivesFlippedBytes) {
    std::mt19937 random(1);
    for (int round = 0; round < 4'000; ++round) {
        std::string bytes = requests[random() % requests.size()];
        for (int i = 0; i < 3; ++i) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        read_request(bytes, 1 + random() % 20);
        bytes = responses[random() % responses.size()];
        for (int i = 0; i < 3; ++i) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        read_response(bytes, 1 + random() % 20);
    }
}

}  // namespace
}  // namespace gateway
