#include "gateway/engine/validate/invariant_errata.h"

namespace gateway {

namespace {

struct Erratum {
    std::string_view key;
    std::string_view published;
    std::string_view meant;
};

constexpr Erratum errata[] = {
    // The answer is a FHIR boolean; `Boolean` is FHIRPath's own type.
    {"que-7", "operator = 'exists' implies (answer is Boolean)",
     "operator = 'exists' implies (answer is boolean)"},
    // "If there are more than one enableWhen": two are more than one.
    {"que-12", "enableWhen.count() > 2 implies enableBehavior.exists()",
     "enableWhen.count() >= 2 implies enableBehavior.exists()"},
};

}  // namespace

std::string_view sound_expression(const Invariant& invariant) {
    for (const Erratum& erratum : errata) {
        if (invariant.key == erratum.key && invariant.expression == erratum.published) {
            return erratum.meant;
        }
    }
    return invariant.expression;
}

}  // namespace gateway
