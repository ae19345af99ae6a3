#include "gateway/engine/map/run/v2_time.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::string date_time(std::string_view text) {
    const auto time = parse_hl7v2_time(text);
    return time ? fhir_date_time(*time) : "refused";
}

TEST(Hl7v2Time, KeepsThePrecisionAsSent) {
    EXPECT_EQ(date_time("1968"), "1968");
    EXPECT_EQ(date_time("196802"), "1968-02");
    EXPECT_EQ(date_time("19680229"), "1968-02-29");
    EXPECT_EQ(date_time("202602031305+1000"), "2026-02-03T13:05:00+10:00");
    EXPECT_EQ(date_time("20260203130507.25-0330"), "2026-02-03T13:05:07.25-03:30");
    EXPECT_EQ(date_time("20260203130507+0000"), "2026-02-03T13:05:07+00:00");
}

TEST(Hl7v2Time, KeepsOnlyTheDateWhereFhirHasNoFormForTheTime) {
    EXPECT_EQ(date_time("20260203130507"), "2026-02-03");   // no offset known
    EXPECT_EQ(date_time("2026020313+1000"), "2026-02-03");  // an hour alone
}

TEST(Hl7v2Time, RefusesWhatIsNoTime) {
    for (const std::string_view text :
         {"", "19", "19681301", "19680230", "1968-02-29", "2026020324", "202602031360",
          "20260203130560", "20260203130507.", "20260203130507.12345", "20260203130507+10",
          "20260203130507+1460", "20260203130507+1500", "20260203x", "0000", "20260203130507Z",
          "202602031", "2026020313051"}) {
        EXPECT_EQ(date_time(text), "refused") << text;
    }
}

TEST(Hl7v2Time, MakesDatesInstantsAndTimes) {
    EXPECT_EQ(fhir_date(*parse_hl7v2_time("20260203130507+1000")), "2026-02-03");
    EXPECT_EQ(fhir_instant(*parse_hl7v2_time("20260203130507+1000")), "2026-02-03T13:05:07+10:00");
    EXPECT_EQ(fhir_instant(*parse_hl7v2_time("202602031305+1000")), std::nullopt);
    EXPECT_EQ(fhir_instant(*parse_hl7v2_time("20260203130507")), std::nullopt);
    EXPECT_EQ(fhir_time(*parse_hl7v2_clock("1305")), "13:05:00");
    EXPECT_FALSE(parse_hl7v2_clock("2505").has_value());
}

TEST(Hl7v2Time, WritesFhirTimesAsTimestamps) {
    EXPECT_EQ(hl7v2_timestamp("2026-01-31T13:28:17.239+11:00"), "20260131132817.239+1100");
    EXPECT_EQ(hl7v2_timestamp("2026-01-31T13:28:17.2391234Z"), "20260131132817.2391+0000");
    EXPECT_EQ(hl7v2_timestamp("2026-01-31"), "20260131");
    EXPECT_EQ(hl7v2_timestamp("2026"), "2026");
    EXPECT_EQ(hl7v2_timestamp("31/01/2026"), std::nullopt);
}

}  // namespace

}  // namespace gateway
