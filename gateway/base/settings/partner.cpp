#include "gateway/base/settings/partner.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

#include "gateway/base/settings/quantities.h"
#include "gateway/base/settings/sections.h"
#include "gateway/base/text.h"

namespace gateway {

std::string_view to_string(SameDuplicate policy) {
    return policy == SameDuplicate::replay ? "replay" : "bars";
}

std::string_view to_string(LaterMessages later) {
    return later == LaterMessages::release ? "release" : "hold";
}

std::string_view to_string(ChangedDuplicate policy) {
    return policy == ChangedDuplicate::refuse ? "refuse" : "accept-and-flag";
}

namespace {

using namespace std::chrono_literals;

bool is_time_zone(const std::string& name) {
    try {
        return date::locate_zone(name) != nullptr;
    } catch (const std::runtime_error&) {  // how the library says "unknown"
        return false;
    }
}

bool is_partner_id(std::string_view id) {
    constexpr std::size_t id_length_max = 64;
    return !id.empty() && id.size() <= id_length_max && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

// Accepts the colons that `openssl x509 -fingerprint` prints; nothing if it is not 32 bytes of hex.
std::optional<std::string> normalised_pin(std::string_view pin) {
    constexpr std::size_t hex_digits = 64;
    std::string out;
    for (const char c : lower_case(pin)) {
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (!hex && c != ':') {
            return std::nullopt;
        }
        if (hex) {
            out += c;
        }
    }
    return out.size() == hex_digits ? std::optional(out) : std::nullopt;
}

void read_certificate(SectionReader& section, CertificateMatch& match) {
    section.texts("spki_sha256", match.spki_sha256);
    section.texts("dns", match.dns);
    section.texts("uri", match.uri);
    for (std::string& pin : match.spki_sha256) {
        if (auto normalised = normalised_pin(pin)) {
            pin = std::move(*normalised);
        } else {
            section.fault("spki_sha256",
                          "a pin is the SHA-256 of the certificate's public key as "
                          "64 hexadecimal digits");
        }
    }
    for (std::string& name : match.dns) {
        name = lower_case(name);
        if (name.find('*') != std::string::npos) {
            section.fault("dns",
                          "a name here must be exact: a wildcard would let any host of that "
                          "domain in as this partner",
                          "security");
        }
    }
}

constexpr std::array head_keys{"message",
                               "sending_application",
                               "sending_facility",
                               "receiving_application",
                               "receiving_facility",
                               "event",
                               "source",
                               "destination",
                               "sender",
                               "channel"};

void read_head(SectionReader& section, HeadCondition& head) {
    section.texts("message", head.message);
    section.texts("sending_application", head.sending_application);
    section.texts("sending_facility", head.sending_facility);
    section.texts("receiving_application", head.receiving_application);
    section.texts("receiving_facility", head.receiving_facility);
    section.texts("event", head.event);
    section.texts("source", head.source);
    section.texts("destination", head.destination);
    section.texts("sender", head.sender);
    section.words("channel", head.channel, {Channel::mllp, Channel::https});
}

// "REF", "REF^I12": MSH-9.1 and MSH-9.2 (tables 0076 and 0003 have three characters each).
bool is_message_type(std::string_view text) {
    constexpr std::size_t code_size = 3;
    const auto is_code = [](std::string_view code) {
        return code.size() == code_size && std::ranges::all_of(code, [](char c) {
                   return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
               });
    };
    const std::size_t at = text.find('^');
    return is_code(text.substr(0, at)) &&
           (at == std::string_view::npos || is_code(text.substr(at + 1)));
}

void check_pass(SectionReader& section, const RouteRule& rule) {
    if (section.has("when")) {
        section.fault("when",
                      "a message that is passed on is never mapped, so there is nothing that when "
                      "could look into: name message, sending_application, …");
    }
    if (!section.has("event")) {
        section.require("message", "it names what is passed on as it came, such as [\"REF^I12\"]");
    }
    if (section.has("message") && rule.head.message.empty()) {
        section.fault("message", "message must name at least one type, such as \"REF^I12\"");
    }
    if (section.has("event") && rule.head.event.empty()) {
        section.fault("event", "event must name at least one, such as \"servicerequest-request\"");
    }
    for (const std::string& type : rule.head.message) {
        if (!is_message_type(type)) {
            section.fault("message",
                          fmt::format("{} is no message type: write MSH-9.1 and MSH-9.2 as in "
                                      "\"REF^I12\", or \"REF\" for all of its events",
                                      type));
        }
    }
}

void check_to(SectionReader& section, const RouteRule& rule) {
    section.require("to", "it names the partner that messages of this rule go to, or several");
    if (section.has("to") && rule.to.empty()) {
        section.fault("to", "to must name at least one partner");
    }
    for (std::size_t i = 0; i < rule.to.size(); ++i) {
        const auto before = std::span(rule.to).first(i);
        if (std::ranges::find(before, rule.to[i]) != before.end()) {
            section.fault("to", fmt::format("{} is named twice", rule.to[i]));
        }
    }
}

void read_route(SectionReader& section, RouteRule& rule) {
    section.flag("pass", rule.pass);
    read_head(section, rule.head);
    section.text("when", rule.when);
    section.text_or_texts("to", rule.to);
    section.text("reason", rule.reason);
    check_to(section, rule);
    section.require("reason", "it is shown in the trace of every message that the rule routes");
    rule.position = section.position_of("when");
    rule.to_position = section.position_of("to");
    if (rule.pass) {
        check_pass(section, rule);
        return;
    }
    for (const std::string_view key : head_keys) {
        if (section.has(key)) {
            section.fault(key, fmt::format("{} is read only with pass = true; a message that is "
                                           "mapped is asked by when",
                                           key));
        }
    }
}

// Rules are taken in order, and a message is passed on before it would be mapped.
void check_order(SectionReader& section, std::span<const RouteRule> rules) {
    if (rules.size() > 1 && rules.back().pass && !rules[rules.size() - 2].pass) {
        section.fault("pass",
                      "a rule with pass = true must stand above those without: whether it holds is "
                      "known before the message is mapped");
    }
}

void check_channels(SectionReader& section, const Partner& partner) {
    for (const Channel channel : partner.routes.back().head.channel) {
        if (!partner.may_send_on(channel)) {
            section.fault("channel", fmt::format("this partner does not send by {}: its inbound "
                                                 "does not name it",
                                                 to_string(channel)));
        }
    }
}

void read_retry(SectionReader& section, RetrySettings& retry) {
    section.duration("first", retry.first, {10ms, 1h});
    section.real("factor", retry.factor, {1.0, 10.0});
    section.duration("max", retry.max, {10ms, 24h});
    section.duration("budget", retry.budget, {1s, 24h * 30});
    if (retry.max < retry.first) {
        section.fault("max", "max must not be shorter than first");
    }
}

void read_breaker(SectionReader& section, BreakerSettings& breaker) {
    section.number("failures", breaker.failures, {1, 1'000'000});
    section.duration("pause", breaker.pause, {10ms, 1h});
}

void read_quarantine(SectionReader& section, QuarantineSettings& quarantine) {
    section.number("equal_failures", quarantine.equal_failures, {1, 1'000'000});
    section.word("later", quarantine.later, {LaterMessages::release, LaterMessages::hold});
}

void check_endpoint(SectionReader& section, DeliverSettings& deliver) {
    const auto endpoint = parse_endpoint(deliver.url);
    if (!endpoint || endpoint->kind != deliver.kind) {
        section.fault("url", deliver.kind == Channel::https
                                 ? "url must be https://host[:port]/path, without user, query or "
                                   "fragment"
                                 : "url must be mllps://host:port");
        return;
    }
    deliver.host = endpoint->host;
    deliver.port = endpoint->port;
    deliver.path = endpoint->path;
    if (deliver.server_name.empty()) {
        deliver.server_name = endpoint->host;
    }
}

}  // namespace

void read_deliver(SectionReader& section, DeliverSettings& deliver) {
    deliver.enabled = section.present();
    section.word("kind", deliver.kind, {Channel::https, Channel::mllp});
    section.text("url", deliver.url);
    section.path("ca", deliver.ca);
    section.path("certificate", deliver.certificate);
    section.path("key", deliver.key);
    section.text("server_name", deliver.server_name);
    section.duration("timeout", deliver.timeout, {100ms, 10min});
    section.number("connections", deliver.connections, {1, 64});
    section.section("retry", [&](SectionReader& retry) { read_retry(retry, deliver.retry); });
    section.section("breaker",
                    [&](SectionReader& breaker) { read_breaker(breaker, deliver.breaker); });
    section.section("quarantine", [&](SectionReader& quarantine) {
        read_quarantine(quarantine, deliver.quarantine);
    });
    if (!deliver.enabled) {
        return;
    }
    section.require("url", "it is where messages to this partner are sent");
    section.require("ca", "it holds the roots that the partner's server certificate must chain to");
    section.require("certificate", "the partner knows this gateway by its client certificate");
    section.require("key", "it is the private key of the client certificate");
    if (section.has("url")) {
        check_endpoint(section, deliver);
    }
    if (section.has("connections") && deliver.kind == Channel::https) {
        section.fault("connections",
                      "connections is for kind = \"mllp\"; HTTPS opens as many as it "
                      "has use for");
    }
    check_file(section, "ca", deliver.ca);
    check_file(section, "certificate", deliver.certificate);
    check_key_file(section, "key", deliver.key);
}

namespace {

void read_organization(SectionReader& section, OrganizationIdentifier& identifier) {
    section.text("system", identifier.system);
    section.text("value", identifier.value);
    section.require("system", "it is the URI of the identifier's system");
    section.require("value", "it is the identifier itself");
}

void check_partner(SectionReader& file, const Partner& partner) {
    file.require("id", "it names the partner in routes, traces and logs");
    file.require("name", "it is what people read");
    file.require("role", "gp, clinic or community");
    if (file.has("id") && !is_partner_id(partner.id)) {
        file.fault("id", "id must be 1 to 64 lower-case letters, digits and hyphens");
    }
    if (!is_time_zone(partner.time_zone)) {
        file.fault("time_zone",
                   "time_zone must be a name of the IANA time zone database, such as "
                   "\"Europe/London\" or \"Australia/Melbourne\"");
    }
    if (!partner.inbound.empty() && partner.certificate.empty()) {
        file.fault("inbound",
                   "a partner that may send must be known by its certificate: give [certificate] "
                   "spki_sha256, dns or uri",
                   "security");
    }
    if (partner.inbound.empty() && !partner.deliver.enabled) {
        file.warn("id", "this partner can neither send (inbound) nor be reached ([deliver])");
    }
    if (partner.role == PartnerRole::gp && !partner.inbound.empty() && partner.routes.empty()) {
        file.warn("inbound",
                  "this partner may send but has no [[route]]: what starts a referral "
                  "is refused");
    }
}

}  // namespace

std::string_view to_string(PartnerRole role) {
    switch (role) {
        case PartnerRole::gp:
            return "gp";
        case PartnerRole::clinic:
            return "clinic";
        case PartnerRole::community:
            return "community";
    }
    throw std::logic_error("unknown partner role");
}

std::string_view to_string(Channel channel) {
    switch (channel) {
        case Channel::mllp:
            return "mllp";
        case Channel::https:
            return "https";
    }
    throw std::logic_error("unknown channel");
}

std::string_view to_string(AnswerEvent event) {
    switch (event) {
        case AnswerEvent::received:
            return "received";
        case AnswerEvent::accepted:
            return "accepted";
        case AnswerEvent::declined:
            return "declined";
        case AnswerEvent::booked:
            return "booked";
        case AnswerEvent::did_not_attend:
            return "did-not-attend";
        case AnswerEvent::action_needed:
            return "action-needed";
        case AnswerEvent::step_up:
            return "step-up";
        case AnswerEvent::outcome:
            return "outcome";
    }
    throw std::logic_error("unknown answer event");
}

std::string_view to_string(AcknowledgeAt at) {
    switch (at) {
        case AcknowledgeAt::commit:
            return "commit";
        case AcknowledgeAt::application:
            return "application";
    }
    throw std::logic_error("unknown acknowledgement point");
}

bool AnswerSettings::hears_of(AnswerEvent event) const {
    return std::ranges::find(hears, event) != hears.end();
}

bool Partner::may_send_on(Channel channel) const {
    return std::ranges::find(inbound, channel) != inbound.end();
}

void read_partner(SectionReader& file, Partner& partner) {
    file.text("id", partner.id);
    file.text("name", partner.name);
    file.word("role", partner.role, {PartnerRole::gp, PartnerRole::clinic, PartnerRole::community});
    file.text("group", partner.group);
    file.text("time_zone", partner.time_zone);
    file.words("inbound", partner.inbound, {Channel::mllp, Channel::https});
    file.word("acknowledge", partner.acknowledge,
              {AcknowledgeAt::application, AcknowledgeAt::commit});
    file.sections("organization", [&](SectionReader& section) {
        read_organization(section, partner.organization.emplace_back());
    });
    file.section("certificate",
                 [&](SectionReader& section) { read_certificate(section, partner.certificate); });
    file.section("hl7v2", [&](SectionReader& section) {
        section.text("application", partner.hl7v2.application);
        section.text("facility", partner.hl7v2.facility);
    });
    file.sections("route", [&](SectionReader& section) {
        read_route(section, partner.routes.emplace_back());
        check_order(section, partner.routes);
        check_channels(section, partner);
    });
    file.section("deliver",
                 [&](SectionReader& section) { read_deliver(section, partner.deliver); });
    file.section("answer", [&](SectionReader& section) {
        section.words("hears", partner.answer.hears,
                      {AnswerEvent::received, AnswerEvent::accepted, AnswerEvent::declined,
                       AnswerEvent::booked, AnswerEvent::did_not_attend, AnswerEvent::action_needed,
                       AnswerEvent::step_up, AnswerEvent::outcome});
    });
    file.section("duplicates", [&](SectionReader& section) {
        section.word("same", partner.duplicates.same, {SameDuplicate::replay, SameDuplicate::bars});
        section.word("changed", partner.duplicates.changed,
                     {ChangedDuplicate::refuse, ChangedDuplicate::accept_and_flag});
    });
    check_partner(file, partner);
    file.finish();
}

}  // namespace gateway
