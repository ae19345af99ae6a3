#include "gateway/care/route/pass.h"

#include <algorithm>

namespace gateway {

namespace {

bool is_of_type(std::string_view wanted, const HeadFacts& head) {
    const std::size_t at = wanted.find('^');
    return wanted.substr(0, at) == head.type &&
           (at == std::string_view::npos || wanted.substr(at + 1) == head.event);
}

bool is_one_of(std::span<const std::string> wanted, std::string_view value) {
    return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

bool is_on_channel(const HeadCondition& wanted, std::string_view channel) {
    return wanted.channel.empty() || std::ranges::any_of(wanted.channel, [&](Channel one) {
               return to_string(one) == channel;
           });
}

// "code" of any system, or "system|code".
bool is_event(std::string_view wanted, const FhirHeadFacts& head) {
    const std::size_t at = wanted.rfind('|');
    return at == std::string_view::npos
               ? wanted == head.event
               : wanted.substr(0, at) == head.system && wanted.substr(at + 1) == head.event;
}

bool holds(const HeadCondition& wanted, const FhirHeadFacts& head) {
    const auto is_wanted_event = [&](std::string_view event) { return is_event(event, head); };
    const auto is_wanted_destination = [&](const std::string& destination) {
        return is_one_of(wanted.destination, destination);
    };
    return std::ranges::any_of(wanted.event, is_wanted_event) &&
           is_one_of(wanted.source, head.source) && is_one_of(wanted.sender, head.sender) &&
           (wanted.destination.empty() ||
            std::ranges::any_of(head.destinations, is_wanted_destination)) &&
           is_on_channel(wanted, head.channel);
}

bool holds(const HeadCondition& wanted, const HeadFacts& head) {
    const auto is_wanted_type = [&](std::string_view type) { return is_of_type(type, head); };
    return std::ranges::any_of(wanted.message, is_wanted_type) &&
           is_one_of(wanted.sending_application, head.sending_application) &&
           is_one_of(wanted.sending_facility, head.sending_facility) &&
           is_one_of(wanted.receiving_application, head.receiving_application) &&
           is_one_of(wanted.receiving_facility, head.receiving_facility) &&
           is_on_channel(wanted, head.channel);
}

const RouteRule* first_that_holds(std::span<const RouteRule> rules, const auto& head) {
    const auto found = std::ranges::find_if(
        rules, [&](const RouteRule& rule) { return rule.pass && holds(rule.head, head); });
    return found == rules.end() ? nullptr : &*found;
}

}  // namespace

const RouteRule* rule_that_passes(std::span<const RouteRule> rules, const HeadFacts& head) {
    return first_that_holds(rules, head);
}

const RouteRule* rule_that_passes(std::span<const RouteRule> rules, const FhirHeadFacts& head) {
    return first_that_holds(rules, head);
}

}  // namespace gateway
