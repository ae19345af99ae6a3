// What a twin says of itself: one JSON object a line, so that a demo, a test or a person with a
// pager can follow it. Thread-safe.
#pragma once

#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "gateway/base/clock.h"
#include "gateway/format/document/name_table.h"

namespace gateway {

class TwinEvents final {
public:
    using Field = std::pair<std::string_view, std::string_view>;

    TwinEvents(std::ostream& out, const Clock& clock);

    // {"at": now, "event": event, …}
    void emit(std::string_view event, std::initializer_list<Field> fields = {});

private:
    std::ostream& out_;
    const Clock& clock_;
    std::shared_ptr<const NameTable> names_;
    std::mutex mutex_;  // guards out_
};

}  // namespace gateway
