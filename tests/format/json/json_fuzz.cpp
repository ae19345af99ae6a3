// Seeds: tests/golden/validate
// Any bytes either fail with a Failure or make a document that is written and read back the same.
#include <cstdint>
#include <stdexcept>

#include "gateway/base/failure.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace {

std::string read_and_write(std::string_view bytes, gateway::JsonDialect dialect) {
    const auto names = std::make_shared<const gateway::NameTable>();
    return gateway::write_json(gateway::read_json(std::make_shared<const std::string>(bytes), names,
                                                  {.nodes_max = 100'000, .dialect = dialect}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string input(bytes, bytes + size);
    try {
        const std::string once = read_and_write(input, gateway::JsonDialect::fhir);
        if (read_and_write(once, gateway::JsonDialect::fhir) != once) {
            throw std::logic_error("a document changes when it is written and read again");
        }
    } catch (const gateway::Failure&) {  // a refusal, with its reason
    }
    return 0;
}
