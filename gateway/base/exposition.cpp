#include "gateway/base/exposition.h"

#include <fmt/format.h>

#include <stdexcept>

namespace gateway {

namespace {

enum class Within { label, help };

void append_escaped(std::string& text, std::string_view value, Within within) {
    for (const char c : value) {
        if (c == '\\') {
            text += "\\\\";
        } else if (c == '\n') {
            text += "\\n";
        } else if (c == '"' && within == Within::label) {
            text += "\\\"";
        } else {
            text += c;
        }
    }
}

std::string_view type_of(Exposition::Kind kind) {
    switch (kind) {
        case Exposition::Kind::counter:
            return "counter";
        case Exposition::Kind::gauge:
            return "gauge";
        case Exposition::Kind::histogram:
            return "histogram";
    }
    throw std::logic_error("not a kind of metric");
}

void check_name(std::string_view name, Exposition::Kind kind) {
    const bool is_total = name.ends_with("_total");
    if (is_total != (kind == Exposition::Kind::counter) ||
        (kind == Exposition::Kind::histogram && !name.ends_with("_seconds"))) {
        throw std::logic_error("the metric's name does not tell its kind: " + std::string{name});
    }
}

}  // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
    check_name(name, kind);
    name_ = name;
    text_ += "# HELP " + name_ + ' ';
    append_escaped(text_, help, Within::help);
    text_ += "\n# TYPE " + name_ + ' ';
    text_ += type_of(kind);
    text_ += '\n';
}

void Exposition::sample(Labels labels, double value) {
    write(name_, labels, {}, fmt::format("{}", value));
}

// Buckets are cumulative, and the last one is the count of the same reading.
void Exposition::sample(Labels labels, const LatencyReading& reading) {
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < reading.buckets.size(); ++i) {
        so_far += reading.buckets[i];
        const std::string bound =
            i < latency_bounds.size() ? fmt::format("{}", latency_bounds[i]) : "+Inf";
        write(name_ + "_bucket", labels, bound, std::to_string(so_far));
    }
    write(name_ + "_sum", labels, {},
          fmt::format("{}", std::chrono::duration<double>(reading.sum).count()));
    write(name_ + "_count", labels, {}, std::to_string(so_far));
}

void Exposition::write(std::string_view name, Labels labels, std::string_view bound,
                       std::string_view value) {
    text_ += name;
    char before = '{';
    const auto append = [&](std::string_view key, std::string_view text) {
        text_ += before;
        text_ += key;
        text_ += "=\"";
        append_escaped(text_, text, Within::label);
        text_ += '"';
        before = ',';
    };
    for (const Label& label : labels) {
        append(label.name, label.value);
    }
    if (!bound.empty()) {
        append("le", bound);
    }
    if (before == ',') {
        text_ += '}';
    }
    text_ += ' ';
    text_ += value;
    text_ += '\n';
}

}  // namespace gateway
