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
    return certificate;
}

GateRefusal refusal_of(const std::variant<Identity, GateRefusal>& result) {
    return std::get<GateRefusal>(result);
}

TEST(PartnerGate, KnowsAPartnerByNameOrByKey) {
    const Settings settings =
        settings_of({partner("gp", {.dns = {"gp.example"}}, {Channel::mllp}),
                     partner("pin", {.spki_sha256 = {"ab"}}, {Channel::mllp})});
    const auto by_name = certificate_of("GP.example");
    EXPECT_EQ(std::get<Identity>(admit(settings, &by_name, Channel::mllp, "")).partner, "gp");
    const auto by_key = certificate_of("other.example", "ab");
    EXPECT_EQ(std::get<Identity>(admit(settings, &by_key, Channel::mllp, "")).partner, "pin");
}

TEST(PartnerGate, LetsNobodyElseIn) {
    const Settings settings = settings_of({partner("gp", {.dns = {"gp.example"}}, {Channel::mllp}),
                                           partner("nobody", {}, {Channel::mllp})});
    EXPECT_EQ(refusal_of(admit(settings, nullptr, Channel::mllp, "")), GateRefusal::no_certificate);
    const auto stranger = certificate_of("gp.example.evil");
    EXPECT_EQ(refusal_of(admit(settings, &stranger, Channel::mllp, "")), GateRefusal::unknown);
    const auto known = certificate_of("gp.example");
    EXPECT_EQ(refusal_of(admit(settings, &known, Channel::https, "")), GateRefusal::wrong_channel);
    EXPECT_EQ(refusal_of(admit(settings, &known, Channel::mllp, "others")),
              GateRefusal::wrong_channel);
}

TEST(PartnerGate, NeverGuessesBetweenTwo) {
    const Settings settings = settings_of({partner("a", {.dns = {"x.example"}}, {Channel::mllp}),
                                           partner("b", {.dns = {"x.example"}}, {Channel::mllp})});
    const auto certificate = certificate_of("x.example");
    EXPECT_EQ(refusal_of(admit(settings, &certificate, Channel::mllp, "")), GateRefusal::ambiguous);
}

}  // namespace
}  // namespace gateway
