// The words that are stored and shown: each of its own, and read back as what it was.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "gateway/flow/message/delivery.h"
#include "gateway/flow/message/identity.h"
#include "gateway/flow/message/message_state.h"

namespace gateway::test {

namespace {

template <class Enumeration, class Parse>
void expect_words(const std::vector<Enumeration>& all, const Parse& parse) {
    std::set<std::string_view> words;
    for (const Enumeration each : all) {
        EXPECT_EQ(parse(to_string(each)), each) << to_string(each);
        words.insert(to_string(each));
    }
    EXPECT_EQ(words.size(), all.size());
    EXPECT_EQ(parse(""), std::nullopt);
    EXPECT_EQ(parse("no such word"), std::nullopt);
}

}  // namespace

TEST(Words, OfMessageStatesAreReadBack) {
    expect_words<MessageState>(
        {MessageState::received, MessageState::filtered, MessageState::transformed,
         MessageState::queued, MessageState::sent, MessageState::error, MessageState::quarantined},
        parse_message_state);
}

TEST(Words, OfDeliveryStatesAreReadBack) {
    expect_words<DeliveryState>(
        {DeliveryState::pending, DeliveryState::leased, DeliveryState::delivered,
         DeliveryState::held, DeliveryState::quarantined},
        parse_delivery_state);
}

TEST(Words, OfDeliveryKindsAreReadBack) {
    expect_words<DeliveryKind>({DeliveryKind::https, DeliveryKind::mllp}, parse_delivery_kind);
}

TEST(Words, OfWaysToAuthenticateAreReadBack) {
    expect_words<AuthenticatedBy>(
        {AuthenticatedBy::client_certificate, AuthenticatedBy::bearer_token,
         AuthenticatedBy::signed_link, AuthenticatedBy::session, AuthenticatedBy::local_operator,
         AuthenticatedBy::gateway},
        parse_authenticated_by);
}

}  // namespace gateway::test
