// One partner: who it is, how it proves that, what it may send, where its messages go, how it is
// reached and what it wants to hear. One file a partner, config/partners/<id>.toml.
// Values of this header are filled by `load_settings`, already checked, and never change.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"

namespace gateway {

enum class PartnerRole { gp, clinic, community };

enum class Channel { mllp, https };

std::string_view to_string(PartnerRole role);
std::string_view to_string(Channel channel);

// Organization.identifier, as the partner's organisation is known to others.
struct OrganizationIdentifier {
    std::string system;
    std::string value;
};

// A client certificate is this partner's if it matches any one of these.
struct CertificateMatch {
    // SHA-256 of SubjectPublicKeyInfo, 64 lower-case hexadecimal digits.
    std::vector<std::string> spki_sha256 = {};
    std::vector<std::string> dns = {};  // subjectAltName dNSName, lower case
    std::vector<std::string> uri = {};  // subjectAltName uniformResourceIdentifier

    bool empty() const { return spki_sha256.empty() && dns.empty() && uri.empty(); }
};

// MSH-3 and MSH-4 of what the partner sends, and MSH-5 and MSH-6 of what it is sent.
struct Hl7v2Address {
    std::string application;
    std::string facility;
};

// What a rule asks of a message's head: one of each list that is for its form. An empty list asks
// nothing, but a rule without `message` is for no HL7 v2, and one without `event` for no FHIR.
struct HeadCondition {
    std::vector<std::string> message = {};              // MSH-9: "REF^I12", or "REF" with any event
    std::vector<std::string> sending_application = {};  // MSH-3.1
    std::vector<std::string> sending_facility = {};     // MSH-4.1
    std::vector<std::string> receiving_application = {};  // MSH-5.1
    std::vector<std::string> receiving_facility = {};     // MSH-6.1
    // Of a FHIR message: MessageHeader.eventCoding as "code" or "system|code", or eventUri;
    // source.endpoint; destination.endpoint; sender.identifier.value or sender.reference.
    std::vector<std::string> event = {};
    std::vector<std::string> source = {};
    std::vector<std::string> destination = {};
    std::vector<std::string> sender = {};
    std::vector<Channel> channel = {};
};

// The first rule that holds wins; each partner that it names gets a delivery of its own. A rule
// that passes on looks at the head alone, and the bytes go on as they came; any other looks into
// the mapped message, by `when` (FHIRPath). Those that pass on stand first.
struct RouteRule {
    bool pass = false;
    HeadCondition head;  // where `pass`
    std::string when = "true";
    std::vector<std::string> to;
    std::string reason;
    // In the partner's file, for faults that are found later.
    Position position = {};  // of `when`
    Position to_position = {};
};

// Delay n is first · factorⁿ, at most `max`; after `budget` the delivery goes to quarantine.
struct RetrySettings {
    std::chrono::milliseconds first = std::chrono::seconds(1);
    double factor = 2.0;
    std::chrono::milliseconds max = std::chrono::minutes(5);
    std::chrono::milliseconds budget = std::chrono::hours(24);

    bool operator==(const RetrySettings&) const = default;
};

// After so many attempts in a row that nobody answered nothing is sent for `pause`; then one
// delivery is tried, and any answer to it lets the others go too.
struct BreakerSettings {
    std::uint32_t failures = 5;
    std::chrono::milliseconds pause = std::chrono::seconds(10);

    bool operator==(const BreakerSettings&) const = default;
};

// Whether the later messages of the same patient go on or wait when one is quarantined.
enum class LaterMessages { release, hold };

std::string_view to_string(LaterMessages later);

// The same failure in answer to one delivery so many times in a row is its own fault: quarantine.
struct QuarantineSettings {
    std::uint32_t equal_failures = 10;
    LaterMessages later = LaterMessages::release;

    bool operator==(const QuarantineSettings&) const = default;
};

// `url` is https://host[:port]/path or mllps://host:port; its parts stand beside it.
struct DeliverSettings {
    bool enabled = false;  // the file has a [deliver] section
    Channel kind = Channel::https;
    std::string url;
    std::string host;
    std::uint16_t port = 0;
    std::string path;  // "/fhir"; empty for MLLP
    std::string ca;
    std::string certificate;
    std::string key;
    std::string server_name;  // the name the peer's certificate must bear; by default `host`
    std::chrono::milliseconds timeout = std::chrono::seconds(10);
    std::uint32_t connections = 1;  // MLLP: messages of different patients go side by side
    RetrySettings retry;
    BreakerSettings breaker;
    QuarantineSettings quarantine;

    bool operator==(const DeliverSettings&) const = default;
};

// Steps of a referral that a referrer can ask to hear of.
enum class AnswerEvent {
    received,
    accepted,
    declined,
    booked,
    did_not_attend,
    action_needed,
    step_up,
    outcome,
};

std::string_view to_string(AnswerEvent event);

struct AnswerSettings {
    std::vector<AnswerEvent> hears = {AnswerEvent::declined, AnswerEvent::action_needed,
                                      AnswerEvent::step_up, AnswerEvent::outcome};

    bool hears_of(AnswerEvent event) const;
};

// The same control id and the same content: answer as before, or refuse as a duplicate.
enum class SameDuplicate { replay, bars };

// The same control id with other content: refuse, or accept and alert.
enum class ChangedDuplicate { refuse, accept_and_flag };

// When the sender of a FHIR message, or of an HL7 v2 message in original mode, is answered: once it
// is on the disk (what is found wrong later is quarantined), or once it is mapped, checked and
// routed. In enhanced mode MSH-15 says so.
enum class AcknowledgeAt { commit, application };

std::string_view to_string(AcknowledgeAt at);

struct DuplicateSettings {
    SameDuplicate same = SameDuplicate::replay;
    ChangedDuplicate changed = ChangedDuplicate::refuse;
};

struct Partner {
    std::string file;  // where it was read from
    std::string id;
    std::string name;
    PartnerRole role = PartnerRole::gp;
    std::string group = "default";      // see ListenSettings::group
    std::string time_zone = "Etc/UTC";  // IANA; for v2 times without an offset
    std::vector<Channel> inbound;       // channels that it may send on
    AcknowledgeAt acknowledge = AcknowledgeAt::application;
    std::vector<OrganizationIdentifier> organization;
    CertificateMatch certificate;
    Hl7v2Address hl7v2;
    std::vector<RouteRule> routes;
    DeliverSettings deliver;
    AnswerSettings answer;
    DuplicateSettings duplicates;

    bool may_send_on(Channel channel) const;
};

}  // namespace gateway
