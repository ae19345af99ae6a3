#include "gateway/base/metrics.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "gateway/base/exposition.h"
#include "tests/support/exposition_reader.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Kind = Exposition::Kind;

TEST(LatencyHistogram, PutsABoundIntoItsOwnBucket) {
    LatencyHistogram histogram;
    histogram.observe(100us);
    histogram.observe(101us);
    histogram.observe(30s);
    histogram.observe(31s);
    const LatencyReading reading = histogram.reading();
    EXPECT_EQ(reading.buckets.front(), 1U);
    EXPECT_EQ(reading.buckets[1], 1U);
    EXPECT_EQ(reading.buckets[latency_bounds.size() - 1], 1U);
    EXPECT_EQ(reading.buckets.back(), 1U);
    EXPECT_EQ(reading.count(), 4U);
    EXPECT_EQ(reading.sum, 61s + 201us);
}

TEST(LatencyHistogram, LosesNothingAmongThreads) {
    LatencyHistogram histogram;
    Counter counter;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int j = 0; j < 1'000; ++j) {
                    histogram.observe(1ms);
                    counter.add();
                }
            });
        }
    }
    EXPECT_EQ(histogram.reading().count(), 4'000U);
    EXPECT_EQ(histogram.reading().sum, 4s);
    EXPECT_EQ(counter.value(), 4'000U);
}

TEST(Exposition, WritesFamiliesAndTheirSamples) {
    Exposition page;
    page.family("a_total", Kind::counter, "What is counted.");
    page.sample({{"partner", "gp"}, {"outcome", "accepted"}}, 7);
    page.family("b", Kind::gauge, "What is there.");
    page.sample({}, 0.25);
    EXPECT_EQ(page.text(),
              "# HELP a_total What is counted.\n"
              "# TYPE a_total counter\n"
              "a_total{partner=\"gp\",outcome=\"accepted\"} 7\n"
              "# HELP b What is there.\n"
              "# TYPE b gauge\n"
              "b 0.25\n");
}

TEST(Exposition, EscapesWhatALabelAndAHelpMayHold) {
    Exposition page;
    page.family("a", Kind::gauge, "back\\slash\nand a \"line\"");
    page.sample({{"partner", "x\"} 1\ny\\z"}}, 1);
    const auto families = read_exposition(page.text());
    EXPECT_EQ(families.at("a").help, "back\\\\slash\\nand a \"line\"");
    EXPECT_EQ(families.at("a").samples,
              (std::map<std::string, double>{{"partner=x\"} 1\ny\\z", 1.0}}));
}

TEST(Exposition, ShowsAHistogramWithCumulativeBuckets) {
    LatencyHistogram histogram;
    histogram.observe(2ms);
    histogram.observe(2ms);
    histogram.observe(1min);
    Exposition page;
    page.family("a_seconds", Kind::histogram, "Time.");
    page.sample({{"partner", "gp"}}, histogram.reading());
    const auto families = read_exposition(page.text());
    const auto& samples = families.at("a_seconds").samples;
    EXPECT_EQ(samples.at("_bucket:partner=gp,le=0.001"), 0.0);
    EXPECT_EQ(samples.at("_bucket:partner=gp,le=0.0025"), 2.0);
    EXPECT_EQ(samples.at("_bucket:partner=gp,le=30"), 2.0);
    EXPECT_EQ(samples.at("_bucket:partner=gp,le=+Inf"), 3.0);
    EXPECT_EQ(samples.at("_count:partner=gp"), 3.0);
    EXPECT_DOUBLE_EQ(samples.at("_sum:partner=gp"), 60.004);
}

TEST(Exposition, RefusesANameThatDoesNotTellItsKind) {
    Exposition page;
    EXPECT_THROW(page.family("a", Kind::counter, "x"), std::logic_error);
    EXPECT_THROW(page.family("a_total", Kind::gauge, "x"), std::logic_error);
    EXPECT_THROW(page.family("a", Kind::histogram, "x"), std::logic_error);
}

// The reader of the tests is strict, or it would prove nothing.
TEST(ExpositionReader, RefusesWhatIsNotInTheForm) {
    const std::string head = "# HELP a x\n# TYPE a gauge\n";
    EXPECT_EQ(read_exposition(head + "a{b=\"c\"} 1\n").at("a").samples.at("b=c"), 1.0);
    const std::string histogram = "# HELP h_seconds x\n# TYPE h_seconds histogram\n";
    for (const std::string& text :
         {head + "a 1",
          head + "a 1\n\n",
          head + "a one\n",
          head + "a  1\n",
          head + "a{b=c} 1\n",
          head + "a{b=\"c} 1\n",
          head + "a{b=\"c\",b=\"d\"} 1\n",
          head + "a{b=\"\\x\"} 1\n",
          head + "a 1\na 2\n",
          head + head,
          head + "b 1\n",
          std::string("a 1\n"),
          std::string("# HELP a x\na 1\n"),
          std::string("# HELP a x\n"),
          std::string("# HELP a x\n# TYPE a counter\na 1\n"),
          head + "# TYPE a gauge\n",
          histogram + "h_seconds_bucket{le=\"1\"} 1\nh_seconds_sum 1\nh_seconds_count 1\n",
          histogram + "h_seconds_bucket{le=\"1\"} 2\nh_seconds_bucket{le=\"+Inf\"} 1\n" +
              "h_seconds_sum 1\nh_seconds_count 1\n",
          histogram + "h_seconds_bucket{le=\"+Inf\"} 1\nh_seconds_sum 1\nh_seconds_count 2\n",
          histogram + "h_seconds 1\n"}) {
        EXPECT_THROW(read_exposition(text), std::runtime_error) << text;
    }
}

}  // namespace
}  // namespace gateway
