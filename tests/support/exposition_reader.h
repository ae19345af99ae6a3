// Reads the text that Prometheus reads (version 0.0.4), and takes nothing that is not exactly in
// its form: every family once, HELP before TYPE before its samples, counters named _total, buckets
// cumulative and ended by +Inf, no series twice. Throws std::runtime_error with the line.
// Spec: https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <map>
#include <string>

namespace gateway {

struct MetricFamily {
    std::string help;
    std::string type;
    // By labels as they stand, values unescaped: `partner=gp,outcome=accepted`; of a histogram
    // behind _bucket, _sum or _count and a colon: `_count:partner=gp`.
    std::map<std::string, double> samples;
};

std::map<std::string, MetricFamily> read_exposition(const std::string& text);

}  // namespace gateway
