// Seeds: tests/format/fhir/seeds
// Any bytes either fail with a Failure or make a document that is written as XML and as JSON, and
// read back the same from both.
#include <cstdint>
#include <stdexcept>

#include "tests/format/fhir/xml_fixture.h"

namespace {

const gateway::XmlFixture& fixture() {
    static const gateway::XmlFixture all;
    return all;
}

void read_and_write(const std::string& input) {
    const gateway::Document document = fixture().read(input, {.nodes_max = 100'000});
    const std::string once = fixture().write(document);
    if (fixture().write(fixture().read(once)) != once) {
        throw std::logic_error("a document changes when it is written as XML and read again");
    }
    const std::string json = gateway::write_json(document);
    if (fixture().write(fixture().read_json_text(json)) != once) {
        throw std::logic_error("a document changes on its way through JSON");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string input(bytes, bytes + size);
    try {
        fixture().read(input, {.nodes_max = 100'000});
    } catch (const gateway::Failure&) {  // a refusal, with its reason
        return 0;
    }
    read_and_write(input);
    return 0;
}
