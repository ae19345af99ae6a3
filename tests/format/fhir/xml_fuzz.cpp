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

// Nothing for what JSON's reader refuses: numbers beyond the range of a double.
std::optional<gateway::Document> read_from_json(std::string json) {
    try {
        return fixture().read_json_text(std::move(json));
    } catch (const gateway::Failure&) {
        return std::nullopt;
    }
}

void read_and_write(const std::string& input) {
    const gateway::Document document = fixture().read(input, {.nodes_max = 100'000});
    const std::string once = fixture().write(document);
    if (fixture().write(fixture().read(once)) != once) {
        throw std::logic_error("a document changes when it is written as XML and read again");
    }
    if (const auto through_json = read_from_json(gateway::write_json(document));
        through_json && fixture().write(*through_json) != once) {
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
