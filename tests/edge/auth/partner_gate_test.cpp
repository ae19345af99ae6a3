#include "gateway/edge/auth/partner_gate.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

Partner partner(std::string id, CertificateMatch match, std::vector<Channel> inbound) {
    Partner made;
    made.id = std::move(id);
    made.certificate = std::move(match);
    made.inbound = std::move(inbound);
    return made;
}

Settings settings_of(std::vector<Partner> partners) {
    Settings settings;
    settings.partners = std::move(partners);
    return settings;
}

PeerCertificate certificate_of(std::string dns, std::string pin = "00") {
    PeerCertificate certificate;
    certificate.dns_names = {std::move(dns)};
    certificate.spki_sha256 = std::move(pin);
    certificate.trusted_by = {"roots"};
    return certificate;
}

// One trust store for all groups.
const std::vector<GroupStore> everyone = {{"", "roots"}};

GateRefusal refusal_of(const std::variant<Identity, GateRefusal>& result) {
    return std::get<GateRefusal>(result);
}

TEST(PartnerGate, KnowsAPartnerByNameOrByKey) {
    const Settings settings =
        settings_of({partner("gp", {.dns = {"gp.example"}}, {Channel::mllp}),
                     partner("pin", {.spki_sha256 = {"ab"}}, {Channel::mllp})});
    const auto by_name = certificate_of("GP.example");
    EXPECT_EQ(std::get<Identity>(admit(settings, &by_name, Channel::mllp, everyone)).partner, "gp");
    const auto by_key = certificate_of("other.example", "ab");
    EXPECT_EQ(std::get<Identity>(admit(settings, &by_key, Channel::mllp, everyone)).partner, "pin");
}

TEST(PartnerGate, LetsNobodyElseIn) {
    const Settings settings = settings_of({partner("gp", {.dns = {"gp.example"}}, {Channel::mllp}),
                                           partner("nobody", {}, {Channel::mllp})});
    EXPECT_EQ(refusal_of(admit(settings, nullptr, Channel::mllp, everyone)),
              GateRefusal::no_certificate);
    const auto stranger = certificate_of("gp.example.evil");
    EXPECT_EQ(refusal_of(admit(settings, &stranger, Channel::mllp, everyone)),
              GateRefusal::unknown);
    const auto known = certificate_of("gp.example");
    EXPECT_EQ(refusal_of(admit(settings, &known, Channel::https, everyone)),
              GateRefusal::wrong_channel);
    EXPECT_EQ(refusal_of(admit(settings, &known, Channel::mllp, {{"others", "roots"}})),
              GateRefusal::wrong_channel);
}

TEST(PartnerGate, NeverGuessesBetweenTwo) {
    const Settings settings = settings_of({partner("a", {.dns = {"x.example"}}, {Channel::mllp}),
                                           partner("b", {.dns = {"x.example"}}, {Channel::mllp})});
    const auto certificate = certificate_of("x.example");
    EXPECT_EQ(refusal_of(admit(settings, &certificate, Channel::mllp, everyone)),
              GateRefusal::ambiguous);
}

TEST(PartnerGate, HoldsAGroupToItsOwnAuthorities) {
    Partner surgery = partner("gp", {.dns = {"gp.example"}}, {Channel::mllp});
    surgery.group = "surgeries";
    const Settings settings = settings_of({surgery});
    auto certificate = certificate_of("gp.example");
    const std::vector<GroupStore> trust = {{"", "roots"}, {"surgeries", "surgery-roots"}};
    EXPECT_EQ(refusal_of(admit(settings, &certificate, Channel::mllp, trust)),
              GateRefusal::wrong_authority)
        << "another group's authority may not make a surgery";
    certificate.trusted_by = {"surgery-roots"};
    EXPECT_TRUE(
        std::holds_alternative<Identity>(admit(settings, &certificate, Channel::mllp, trust)));
    EXPECT_EQ(refusal_of(admit(settings, &certificate, Channel::mllp, everyone)),
              GateRefusal::wrong_authority);
    certificate.trusted_by.clear();
    EXPECT_EQ(refusal_of(admit(settings, &certificate, Channel::mllp, trust)),
              GateRefusal::wrong_authority);
}

TEST(PartnerGate, KeepsAConnectionOnlyForWhomItWasOpened) {
    const std::variant<Identity, GateRefusal> gp =
        Identity{"gp", AuthenticatedBy::client_certificate, "00"};
    const std::variant<Identity, GateRefusal> other =
        Identity{"other", AuthenticatedBy::client_certificate, "00"};
    const std::variant<Identity, GateRefusal> nobody = GateRefusal::unknown;
    EXPECT_TRUE(is_still_welcome(gp, gp));
    EXPECT_FALSE(is_still_welcome(gp, nobody));
    EXPECT_FALSE(is_still_welcome(gp, other));
}

}  // namespace
}  // namespace gateway
