#include "gateway/app/twin/events.h"

#include <ostream>

#include "gateway/format/json/writer.h"

namespace gateway {

TwinEvents::TwinEvents(std::ostream& out, const Clock& clock)
    : out_(out), clock_(clock), names_(std::make_shared<const NameTable>()) {
}

void TwinEvents::emit(std::string_view event, std::initializer_list<Field> fields) {
    Document line(names_);
    const auto put = [&](std::string_view name, std::string_view value) {
        line.set_value(line.append(line.root(), name), ValueKind::string, value);
    };
    put("at", to_fhir_instant(clock_.now()));
    put("event", event);
    for (const auto& [name, value] : fields) {
        put(name, value);
    }
    const std::string text = write_json(line);
    const std::lock_guard lock(mutex_);
    out_ << text
         << std::endl;  // NOLINT(performance-avoid-endl): whoever follows waits for the line
}

}  // namespace gateway
