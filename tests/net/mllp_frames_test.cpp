#include "gateway/net/mllp_frames.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace gateway {
namespace {

constexpr std::size_t message_max = 100;
constexpr std::size_t junk_max = 10;

struct Outcome {
    std::vector<std::string> messages;
    FrameStep end = FrameStep::more;
    std::uint64_t junk = 0;
    std::uint64_t broken = 0;

    bool operator==(const Outcome&) const = default;
};

void feed(ByteBuffer& in, std::string_view bytes) {
    const auto space = in.space(bytes.size());
    std::memcpy(space.data(), bytes.data(), bytes.size());
    in.filled(bytes.size());
}

Outcome read(std::string_view bytes, std::size_t piece) {
    MllpFrames frames(message_max, junk_max);
    ByteBuffer in;
    Outcome outcome;
    for (; !bytes.empty() && outcome.end == FrameStep::more;
         bytes.remove_prefix(std::min(piece, bytes.size()))) {
        feed(in, bytes.substr(0, piece));
        while ((outcome.end = frames.next(in)) == FrameStep::message) {
            outcome.messages.push_back(*frames.message());
        }
    }
    outcome.junk = frames.junk_bytes();
    outcome.broken = frames.broken_frames();
    return outcome;
}

struct FrameCase {
    const char* name;
    std::string bytes;
    Outcome expected;
};

// Shorthand: < is VT, > is FS CR, / is FS alone.
std::string framed(std::string_view text) {
    std::string bytes;
    for (const char c : text) {
        if (c == '<') {
            bytes += mllp_start;
        } else if (c == '>') {
            bytes += mllp_end;
        } else {
            bytes += c == '/' ? '\x1C' : c;
        }
    }
    return bytes;
}

const std::vector<FrameCase> cases = {
    {"One", "<MSH|a>", {{"MSH|a"}, FrameStep::more, 0, 0}},
    {"Several", "<one><two><three>", {{"one", "two", "three"}, FrameStep::more, 0, 0}},
    {"LineEndsBetween", "<one>\r\n<two>\n", {{"one", "two"}, FrameStep::more, 3, 0}},
    {"JunkBefore", "junk<one>", {{"one"}, FrameStep::more, 4, 0}},
    {"TooMuchJunk", "junkjunkjunk<one>", {{}, FrameStep::too_much_junk, 12, 0}},
    {"EndWithoutStart", ">x>", {{}, FrameStep::more, 5, 0}},
    {"NoEnd", "<one", {{}, FrameStep::more, 0, 0}},
    {"HalfEnd", "<one/", {{}, FrameStep::more, 0, 0}},
    {"EndWithoutReturnIsContent", "<one/two>", {{framed("one/two")}, FrameStep::more, 0, 0}},
    {"GivenUpFrame", "<one<two>", {{"two"}, FrameStep::more, 0, 1}},
    {"GivenUpTwice", "<one<two<three>", {{"three"}, FrameStep::more, 0, 2}},
    {"HalfEndThenNewFrame", "<one/<two>", {{"two"}, FrameStep::more, 0, 1}},
    {"EmptyFrame", "<><one>", {{"one"}, FrameStep::more, 0, 1}},
    {"AtTheLimit",
     "<" + std::string(message_max, 'x') + ">",
     {{std::string(message_max, 'x')}, FrameStep::more, 0, 0}},
    {"BeyondTheLimit",
     "<" + std::string(message_max + 3, 'x') + ">",
     {{}, FrameStep::message_too_long, 0, 0}},
    {"EndlessFrame",
     "<" + std::string(message_max + 3, 'x'),
     {{}, FrameStep::message_too_long, 0, 0}},
    {"ReturnInsideStays", "<MSH|\rPID|>", {{"MSH|\rPID|"}, FrameStep::more, 0, 0}},
};

class MllpFramesTest : public ::testing::TestWithParam<FrameCase> {};

TEST_P(MllpFramesTest, FindsTheSameHoweverTheBytesAreCut) {
    const std::string bytes = framed(GetParam().bytes);
    EXPECT_EQ(read(bytes, bytes.size()).messages, GetParam().expected.messages);
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        const Outcome outcome = read(bytes, piece);
        EXPECT_EQ(outcome.messages, GetParam().expected.messages) << piece;
        EXPECT_EQ(outcome.end, GetParam().expected.end) << piece;
        EXPECT_EQ(outcome.broken, GetParam().expected.broken) << piece;
        if (outcome.end == FrameStep::more) {
            EXPECT_EQ(outcome.junk, GetParam().expected.junk) << piece;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Frames, MllpFramesTest, ::testing::ValuesIn(cases),
                         [](const auto& tested) { return tested.param.name; });

TEST(MllpFrames, NeverPassesALimitWhateverTheBytes) {
    std::mt19937 random(1);
    constexpr std::string_view alphabet = "<>/ab\r";
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (int i = 0; i < 300; ++i) {
            text += alphabet[random() % alphabet.size()];
        }
        for (const auto& message : read(framed(text), 1 + random() % 50).messages) {
            EXPECT_LE(message.size(), message_max);
            EXPECT_EQ(message.find(mllp_start), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace gateway
