// ASN.1 times as instants. Inside net only.
#pragma once

#include "gateway/base/clock.h"

struct asn1_string_st;

namespace gateway {

// The epoch where the time cannot be read: a certificate that is over, never one without end.
Instant to_instant(const asn1_string_st& time);

}  // namespace gateway
