// Writes the text that Prometheus reads, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/): families in order, each with its
// HELP and TYPE, then its samples. Names are ours; label values are escaped.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "gateway/base/metrics.h"

namespace gateway {

class Exposition final {
public:
    enum class Kind { counter, gauge, histogram };

    struct Label {
        std::string_view name;
        std::string_view value;
    };

    using Labels = std::initializer_list<Label>;

    // The samples that follow are of this family. A counter's name ends in _total, a histogram's in
    // _seconds (std::logic_error): both are read by people's alarms.
    void family(std::string_view name, Kind kind, std::string_view help);

    void sample(Labels labels, double value);

    template <std::integral Number>
    void sample(Labels labels, Number value) {
        write(name_, labels, {}, std::to_string(value));
    }

    void sample(Labels labels, const LatencyReading& reading);

    const std::string& text() const { return text_; }

    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
    void write(std::string_view name, Labels labels, std::string_view bound,
               std::string_view value);

    std::string name_;
    std::string text_;
};

}  // namespace gateway
