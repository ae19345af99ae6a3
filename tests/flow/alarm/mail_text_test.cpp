#include "gateway/flow/alarm/mail_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/digest.h"
#include "gateway/base/text.h"

namespace gateway {
namespace {

using testing::HasSubstr;

// 2026-01-31T13:28:17Z
constexpr Instant moment{std::chrono::seconds(1'769'866'097)};

Notice notice() {
    Notice notice;
    notice.incident.id = "1234";
    notice.incident.key = "quarantine:clinic";
    notice.incident.text = "3 deliveries are in quarantine";
    notice.incident.count = 3;
    notice.urgency = Urgency::urgent;
    notice.gateway = "painbridge";
    notice.responsible = "Überweisungsstelle";
    notice.at = moment;
    return notice;
}

std::string text_of(const Notice& notice) {
    return mail_text(notice, "gateway@here.example", {"a@there.example", "b@there.example"},
                     "gateway.here.example");
}

std::string body_of(const std::string& mail) {
    return from_base64(mail.substr(mail.find("\r\n\r\n"))).value_or("no base64");
}

TEST(MailText, WritesADate) {
    EXPECT_EQ(mail_date(moment), "Sat, 31 Jan 2026 13:28:17 +0000");
    EXPECT_EQ(mail_date(Instant{}), "Thu, 01 Jan 1970 00:00:00 +0000");
}

TEST(MailText, SaysWhatPeopleReadFirst) {
    const std::string mail = text_of(notice());
    EXPECT_THAT(mail, HasSubstr("From: <gateway@here.example>\r\n"));
    EXPECT_THAT(mail, HasSubstr("To: <a@there.example>,\r\n <b@there.example>\r\n"));
    EXPECT_THAT(mail, HasSubstr("Subject: [urgent] painbridge: quarantine:clinic has begun\r\n"));
    EXPECT_THAT(mail, HasSubstr("Importance: high\r\n"));
    EXPECT_THAT(mail, HasSubstr("Message-ID: <1234-open-3@gateway.here.example>\r\n"));
    EXPECT_THAT(body_of(mail), HasSubstr("3 deliveries are in quarantine\n"));
    EXPECT_THAT(body_of(mail), HasSubstr("painbridge queue replay"));
    EXPECT_THAT(body_of(mail), HasSubstr("To act: Überweisungsstelle\n"));
}

TEST(MailText, ClosesInTheSameThreadAndWithoutAlarm) {
    Notice over = notice();
    over.event = NoticeEvent::close;
    const std::string mail = text_of(over);
    EXPECT_THAT(mail, HasSubstr("References: <1234@gateway.here.example>\r\n"));
    EXPECT_THAT(mail, HasSubstr("quarantine:clinic is over\r\n"));
    EXPECT_THAT(mail, Not(HasSubstr("Importance")));
    EXPECT_THAT(body_of(mail), Not(HasSubstr("queue replay")));
}

// Short lines of ASCII, whatever is in the names.
TEST(MailText, FitsIntoEveryRelay) {
    Notice long_one = notice();
    long_one.gateway = "Schmerzbrücke der Klinik für Anästhesie und Schmerzmedizin in Überlingen";
    const std::string mail = text_of(long_one);
    for (const std::string_view line : split(mail, '\n')) {
        EXPECT_LE(line.size(), 77U) << line;
        for (const char c : line) {
            EXPECT_TRUE(c == '\r' || (c >= ' ' && c <= '~')) << line;
        }
    }
    EXPECT_THAT(mail, HasSubstr("Subject: =?UTF-8?B?"));
    EXPECT_THAT(mail, HasSubstr("?=\r\n =?UTF-8?B?"));
}

}  // namespace
}  // namespace gateway
