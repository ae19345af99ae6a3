// Seeds: tests/engine/fhirpath/seeds
// Any text is refused with a Failure, or runs to an end within its limits.
#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/failure.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/format/json/reader.h"

namespace {

using namespace gateway;

constexpr const char* patient_json =
    R"({"resourceType":"Patient","active":true,"birthDate":"1974-12-25","multipleBirthInteger":2,
        "name":[{"use":"official","family":"Windsor","given":["Peter","James"]},{"given":["Jim"]}],
        "telecom":[{"rank":2,"value":"01"},{"rank":1}],
        "extension":[{"url":"http://example.org/score","valueQuantity":{"value":7.50,"code":"kg"}}]})";

struct World {
    std::shared_ptr<const NameTable> names;
    std::shared_ptr<const Schema> schema;
    Document patient;
};

World make_world() {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    auto schema = Schema::shipped(names);
    Document patient = read_json(std::make_shared<const std::string>(patient_json), names);
    return {names, std::move(schema), std::move(patient)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const World world = make_world();
    const std::string expression(bytes, bytes + size);
    EvaluationContext context;
    context.limits = {.steps = 20'000, .bytes = std::size_t{1} << 20U};
    context.set_focus(root_value(world.patient, world.schema.get()));
    for (const PathChecks checks : {PathChecks::lenient, PathChecks::strict}) {
        try {
            const Program program = compile(expression, {.names = *world.names,
                                                         .schema = world.schema.get(),
                                                         .checks = checks,
                                                         .focus_type = "Patient"});
            (void)program.explain();
            (void)evaluate_texts(program, context);
        } catch (const Failure&) {  // a refusal, with its reason
            continue;
        }
    }
    return 0;
}
