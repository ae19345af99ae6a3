#include "tests/conformance/suite.h"

#include <algorithm>
#include <ostream>

#include "gateway/format/json/writer.h"

namespace gateway::conformance {
namespace {

std::string_view text_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return "passed";
        case Verdict::failed:
            return "failed";
        case Verdict::skipped:
            return "skipped";
    }
    return {};
}

}  // namespace

void SuiteReport::add(Outcome outcome) {
    if (outcome.verdict == Verdict::failed) {
        out_ << "FAILED " << outcome.name << ": " << outcome.reason << '\n';
    }
    outcomes_.push_back(std::move(outcome));
}

bool SuiteReport::finish() {
    out_ << count(Verdict::passed) << " passed, " << count(Verdict::failed) << " failed, "
         << count(Verdict::skipped) << " skipped\n";
    return count(Verdict::failed) == 0;
}

std::string SuiteReport::json() const {
    std::string text = "[";
    for (const Outcome& outcome : outcomes_) {
        text += text.size() > 1 ? ",\n" : "\n";
        text += "{\"name\":";
        append_json_string(text, outcome.name);
        text += ",\"verdict\":";
        append_json_string(text, text_of(outcome.verdict));
        text += ",\"reason\":";
        append_json_string(text, outcome.reason);
        text += "}";
    }
    return text + "\n]\n";
}

std::size_t SuiteReport::count(Verdict verdict) const {
    return static_cast<std::size_t>(
        std::count_if(outcomes_.begin(), outcomes_.end(),
                      [verdict](const Outcome& outcome) { return outcome.verdict == verdict; }));
}

}  // namespace gateway::conformance
