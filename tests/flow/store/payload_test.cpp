#include "gateway/flow/store/payload.h"

#include <gmock/gmock.h>

#include "gateway/base/failure.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::HasSubstr;

const std::string letter = "PID|1||4857773456^^^NHS";

class Payload : public ::testing::Test {
protected:
    StoredPayload seal(const std::string& owner, const std::string& place) {
        return sealer_.seal(owner, place, std::make_shared<const std::string>(letter));
    }

    std::string failure_of(const StoredPayload& stored, const std::string& place) const {
        try {
            open_payload(stored, place, keys_.get());
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.category(), Category::fault);
            EXPECT_THAT(failure.internal(), Not(HasSubstr("4857773456")));
            return failure.internal();
        }
        return "opened";
    }

    const std::shared_ptr<const KeyRing> keys_ = keys_of("a");
    PayloadSealer sealer_{*keys_};
};

}  // namespace

TEST_F(Payload, OpensInItsPlace) {
    const StoredPayload stored = seal("m1", message_place("m1"));
    EXPECT_EQ(*open_payload(stored, message_place("m1"), keys_.get()), letter);
    EXPECT_EQ(stored.digest, sha256(letter));
    EXPECT_EQ(stored.bytes->find("4857773456"), std::string::npos);
}

TEST_F(Payload, OpensInNoOtherPlace) {
    const StoredPayload stored = seal("m1", message_place("m1"));
    for (const std::string& place : {message_place("m2"), answer_place("m1"), delivery_place("m1"),
                                     resource_place("Patient", "m1", 1), std::string()}) {
        EXPECT_THAT(failure_of(stored, place), HasSubstr("in this place")) << place;
    }
    EXPECT_NE(resource_place("Task", "t", 1), resource_place("Task", "t", 2));
}

TEST_F(Payload, SharesADataKeyWithItsOwnerAlone) {
    const StoredPayload message = seal("m1", message_place("m1"));
    const StoredPayload answer = seal("m1", answer_place("m1"));
    const StoredPayload other = seal("m2", message_place("m2"));
    EXPECT_EQ(message.wrapped_key, answer.wrapped_key);
    EXPECT_NE(*message.wrapped_key, *other.wrapped_key);
    // One key, two nonces.
    EXPECT_NE(message.bytes->substr(0, 12), answer.bytes->substr(0, 12));
}

TEST_F(Payload, ThatIsEmptyIsSealedToo) {
    const StoredPayload stored = sealer_.seal("m1", message_place("m1"), nullptr);
    EXPECT_EQ(stored.bytes->size(), CipherKey::overhead);
    EXPECT_EQ(*open_payload(stored, message_place("m1"), keys_.get()), "");
}

TEST_F(Payload, ThatSomebodyPutThereUnsealedIsRefused) {
    EXPECT_THAT(failure_of(plain_payload(std::make_shared<const std::string>("forged")),
                           message_place("m1")),
                HasSubstr("not encrypted"));
}

TEST_F(Payload, OfAnotherDigestIsRefused) {
    StoredPayload stored = seal("m1", message_place("m1"));
    stored.digest = sha256("other");
    EXPECT_THAT(failure_of(stored, message_place("m1")), HasSubstr("SHA-256"));
}

TEST_F(Payload, WithoutKeysSaysSo) {
    try {
        open_payload(seal("m1", message_place("m1")), message_place("m1"), nullptr);
        FAIL() << "opened";
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.internal(), HasSubstr("opened without keys"));
    }
}

TEST_F(Payload, OfAnArtefactStaysPlain) {
    const StoredPayload stored = plain_payload(std::make_shared<const std::string>("map"));
    EXPECT_EQ(*read_plain_payload(stored), "map");
    StoredPayload damaged = stored;
    damaged.bytes = std::make_shared<const std::string>("mop");
    EXPECT_THROW(read_plain_payload(damaged), Failure);
}

}  // namespace gateway::test
