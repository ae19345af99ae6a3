// What every published suite has in common: a line for each case that fails, a last line that
// counts, and a report that lists every case with its verdict and reason.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::conformance {

enum class Verdict { passed, failed, skipped };

struct Outcome {
    std::string name;
    Verdict verdict = Verdict::failed;
    std::string reason{};
};

struct SuiteArguments {
    std::string path;
    std::string inputs{};  // a folder; empty: beside the suite
};

class SuiteReport {
public:
    explicit SuiteReport(std::ostream& out) : out_(out) {}

    void add(Outcome outcome);

    // `N passed, N failed, N skipped`; true if none failed.
    bool finish();

    std::string json() const;

    const std::vector<Outcome>& outcomes() const { return outcomes_; }

private:
    std::size_t count(Verdict verdict) const;

    std::ostream& out_;
    std::vector<Outcome> outcomes_;
};

}  // namespace gateway::conformance
