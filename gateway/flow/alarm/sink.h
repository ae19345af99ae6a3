// A way out of the box: the seam between what must be told and how. Nothing of it waits: it runs on
// the reactor's thread and calls back there.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "gateway/flow/alarm/notice.h"

namespace gateway {

class AlarmSink {
public:
    // Why it was not taken, in one sentence for the log; nothing: it was.
    using OnSent = std::function<void(std::optional<std::string> fault)>;

    virtual ~AlarmSink() = default;

    // One at a time. Calls back once, in a later turn, within the sink's timeout; not at all where
    // the sink goes before.
    virtual void send(const Notice& notice, OnSent on_sent) = 0;
};

}  // namespace gateway
