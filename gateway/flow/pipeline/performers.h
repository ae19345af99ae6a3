// One referral to several performers (design §4: one request, one or more Tasks). Each gets a
// Bundle with a Task of its own and none of the others'. The first gets what the map made; in the
// copies of the others whatever names the Task (the Bundle itself, its MessageHeader, the
// Provenance) has an id of its own too, so that no id stands for two contents. Request, patient and
// clinical content are the same for all. Pure.
#pragma once

#include <string_view>

#include "gateway/base/settings/partner.h"
#include "gateway/format/document/document.h"

namespace gateway {

// Same Bundle and performer, same bytes.
Document bundle_for(const Document& bundle, const Partner& performer, std::string_view id_key);

}  // namespace gateway
