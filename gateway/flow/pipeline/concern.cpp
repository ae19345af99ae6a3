#include "gateway/flow/pipeline/concern.h"

#include <stdexcept>

namespace gateway {

std::string_view to_string(ConcernKind kind) {
    switch (kind) {
        case ConcernKind::control_id_reused:
            return "control_id_reused";
        case ConcernKind::quarantined:
            return "quarantined";
    }
    throw std::logic_error("unknown concern");
}

}  // namespace gateway
