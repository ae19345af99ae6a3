// Seeds: config/demo/messages
// Any bytes either fail with a Failure or make a message that is grouped and written.
#include <cstdint>

#include "gateway/base/failure.h"
#include "gateway/format/hl7v2/groups.h"
#include "gateway/format/hl7v2/head.h"
#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/format/hl7v2/writer.h"

namespace {

std::shared_ptr<const gateway::NameTable> v2_names() {
    auto names = std::make_shared<gateway::NameTable>();
    gateway::add_hl7v2_names(*names);
    return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto names = v2_names();
    const auto input = std::make_shared<const std::string>(bytes, bytes + size);
    try {
        gateway::scan_head(*input);
        gateway::Issues notes;
        gateway::Document message =
            gateway::read_hl7v2(input, names, {.nodes_max = 100'000}, &notes);
        gateway::write_hl7v2(message);
        gateway::group_segments(message);
    } catch (const gateway::Failure&) {  // a refusal, with its reason
    }
    return 0;
}
