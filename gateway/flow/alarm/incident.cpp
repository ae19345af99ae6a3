#include "gateway/flow/alarm/incident.h"

#include <stdexcept>

namespace gateway {

std::string_view to_string(NoticeEvent event) {
    switch (event) {
        case NoticeEvent::open:
            return "open";
        case NoticeEvent::more:
            return "more";
        case NoticeEvent::reminder:
            return "reminder";
        case NoticeEvent::close:
            return "close";
        case NoticeEvent::probe:
            return "probe";
        case NoticeEvent::test:
            return "test";
    }
    throw std::logic_error("not an event of an incident");
}

}  // namespace gateway
