// The sinks that the settings name, with their certificates and secrets.
#pragma once

#include <string>
#include <vector>

#include "gateway/base/settings/alarm_settings.h"
#include "gateway/flow/alarm/sink_row.h"
#include "gateway/flow/credentials/credentials.h"
#include "gateway/net/reactor.h"

namespace gateway {

// `credentials` are those of the same settings. The reactor must outlive them.
std::vector<SinkPlace> make_sinks(Reactor& reactor, const AlarmSettings& alarms,
                                  const Credentials& credentials);

}  // namespace gateway
