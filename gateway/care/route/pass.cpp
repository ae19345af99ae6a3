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

bool holds(const HeadCondition& wanted, const HeadFacts& head) {
    const auto is_wanted_type = [&](std::string_view type) { return is_of_type(type, head); };
    const auto is_wanted_channel = [&](Channel channel) {
        return to_string(channel) == head.channel;
    };
    return std::ranges::any_of(wanted.message, is_wanted_type) &&
           is_one_of(wanted.sending_application, head.sending_application) &&
           is_one_of(wanted.sending_facility, head.sending_facility) &&
           is_one_of(wanted.receiving_application, head.receiving_application) &&
           is_one_of(wanted.receiving_facility, head.receiving_facility) &&
           (wanted.channel.empty() || std::ranges::any_of(wanted.channel, is_wanted_channel));
}

}  // namespace

const RouteRule* rule_that_passes(std::span<const RouteRule> rules, const HeadFacts& head) {
    const auto found = std::ranges::find_if(
        rules, [&](const RouteRule& rule) { return rule.pass && holds(rule.head, head); });
    return found == rules.end() ? nullptr : &*found;
}

}  // namespace gateway
