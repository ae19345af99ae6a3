// What maps may know of a message beside its content: `%messageId`, `%senderName`, … Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/settings/settings.h"
#include "gateway/flow/message/message.h"

namespace gateway {

using MapConstants = std::vector<std::pair<std::string, std::string>>;

// The names that `constants_for` gives values to: for the linker.
const std::vector<std::string>& map_constants();

// Of a message and the HL7 v2 partner at the other side: its sender, or who hears the answer.
MapConstants constants_for(const Settings& settings, const Partner& partner,
                           const Message& message);

}  // namespace gateway
