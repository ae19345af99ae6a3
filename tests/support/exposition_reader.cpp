#include "tests/support/exposition_reader.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

namespace {

struct Label {
    std::string name;
    std::string value;
};

[[noreturn]] void refuse(std::string_view line, const std::string& why) {
    throw std::runtime_error(why + ": " + std::string{line});
}

bool is_name(std::string_view text, bool with_colon) {
    const auto fits = [with_colon](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || (c == ':' && with_colon);
    };
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
           std::ranges::all_of(text, fits);
}

double number(std::string_view line, const std::string& text) {
    if (text == "+Inf") {
        return std::numeric_limits<double>::infinity();
    }
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
        refuse(line, "not a number");
    }
    return value;
}

// What stands in one pair of quotes; `at` is behind the first one, then behind the last one.
std::string quoted(std::string_view line, std::size_t& at) {
    std::string value;
    while (at < line.size() && line[at] != '"') {
        char c = line[at++];
        if (c == '\\') {
            const char escaped = at < line.size() ? line[at++] : '\0';
            if (escaped != '\\' && escaped != '"' && escaped != 'n') {
                refuse(line, "an escape that there is not");
            }
            c = escaped == 'n' ? '\n' : escaped;
        }
        value += c;
    }
    if (at >= line.size()) {
        refuse(line, "a label without its end");
    }
    ++at;
    return value;
}

// `at` is behind the opening brace, then behind the closing one.
std::vector<Label> labels_at(std::string_view line, std::size_t& at) {
    std::vector<Label> labels;
    std::set<std::string> seen;
    while (true) {
        const std::size_t sign = line.find("=\"", at);
        if (sign == std::string_view::npos) {
            refuse(line, "a label without a value");
        }
        Label label{std::string{line.substr(at, sign - at)}, {}};
        at = sign + 2;
        label.value = quoted(line, at);
        if (!is_name(label.name, false) || !seen.insert(label.name).second) {
            refuse(line, "a label's name is wrong or twice there");
        }
        labels.push_back(std::move(label));
        const char next = at < line.size() ? line[at++] : '\0';
        if (next == '}') {
            return labels;
        }
        if (next != ',') {
            refuse(line, "labels are parted by commas");
        }
    }
}

// Buckets of one series, in the order of the text.
struct Buckets {
    double bound = -1.0;
    double count = 0.0;
};

class Reader {
public:
    void read(std::string_view line) {
        if (line.starts_with("# HELP ")) {
            help(line, line.substr(7));
        } else if (line.starts_with("# TYPE ")) {
            type(line, line.substr(7));
        } else if (line.empty() || line.front() == '#') {
            refuse(line, "neither HELP, TYPE nor a sample");
        } else {
            sample(line);
        }
    }

    std::map<std::string, MetricFamily> finish() {
        close_family();
        return std::move(families_);
    }

private:
    void help(std::string_view line, std::string_view rest) {
        close_family();
        const std::size_t space = rest.find(' ');
        name_ = rest.substr(0, space);
        if (!is_name(name_, true) || space == std::string_view::npos || families_.contains(name_)) {
            refuse(line, "a family without name or help, or for the second time");
        }
        families_[name_].help = rest.substr(space + 1);
    }

    void type(std::string_view line, std::string_view rest) {
        static constexpr std::array<std::string_view, 3> types{"counter", "gauge", "histogram"};
        const std::string_view word =
            rest.starts_with(name_ + ' ') ? rest.substr(name_.size() + 1) : "";
        MetricFamily& family = families_[name_];
        if (std::ranges::count(types, word) == 0 || !family.type.empty()) {
            refuse(line, "a TYPE that is unknown, twice, or of another family than HELP");
        }
        if ((word == "counter") != name_.ends_with("_total")) {
            refuse(line, "counters, and they alone, end in _total");
        }
        family.type = word;
    }

    void sample(std::string_view line) {
        std::size_t at = std::min(line.find('{'), line.find(' '));
        const std::string_view name = line.substr(0, at);
        const MetricFamily& family = families_[name_];
        if (family.type.empty() || !name.starts_with(name_)) {
            refuse(line, "a sample outside its family");
        }
        std::vector<Label> labels;
        if (at < line.size() && line[at] == '{') {
            labels = labels_at(line, ++at);
        }
        if (at >= line.size() || line[at] != ' ') {
            refuse(line, "no space before the value");
        }
        const double value = number(line, std::string{line.substr(at + 1)});
        if (family.type == "histogram") {
            histogram_sample(line, name.substr(name_.size()), labels, value);
        } else if (name != name_) {
            refuse(line, "a sample outside its family");
        } else {
            add(line, text_of(labels), value);
        }
    }

    void histogram_sample(std::string_view line, std::string_view part,
                          const std::vector<Label>& labels, double value) {
        std::vector<Label> series = labels;
        if (part == "_bucket") {
            if (series.empty() || series.back().name != "le") {
                refuse(line, "a bucket without le");
            }
            const double bound = number(line, series.back().value);
            series.pop_back();
            Buckets& buckets = buckets_[text_of(series)];
            if (bound <= buckets.bound || value < buckets.count) {
                refuse(line, "buckets must rise and count up");
            }
            buckets = {bound, value};
        } else if (part != "_sum" && part != "_count") {
            refuse(line, "not a part of a histogram");
        }
        add(line, std::string{part} + ':' + text_of(labels), value);
    }

    static std::string text_of(const std::vector<Label>& labels) {
        std::string text;
        for (const Label& label : labels) {
            text += (text.empty() ? "" : ",") + label.name + '=' + label.value;
        }
        return text;
    }

    void add(std::string_view line, const std::string& series, double value) {
        if (!families_[name_].samples.emplace(series, value).second) {
            refuse(line, "a series for the second time");
        }
    }

    void close_family() {
        for (const auto& [series, buckets] : buckets_) {
            const auto& samples = families_[name_].samples;
            const auto count = samples.find("_count:" + series);
            if (buckets.bound != std::numeric_limits<double>::infinity() ||
                count == samples.end() || count->second != buckets.count ||
                !samples.contains("_sum:" + series)) {
                refuse(name_ + '{' + series + '}', "a histogram whose parts do not fit");
            }
        }
        buckets_.clear();
        if (!name_.empty() && families_[name_].type.empty()) {
            refuse(name_, "a family without TYPE");
        }
    }

    std::map<std::string, MetricFamily> families_;
    std::string name_;
    std::map<std::string, Buckets> buckets_;
};

}  // namespace

std::map<std::string, MetricFamily> read_exposition(const std::string& text) {
    if (!text.ends_with('\n')) {
        throw std::runtime_error("the text does not end with a line feed");
    }
    Reader reader;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        reader.read(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    return reader.finish();
}

}  // namespace gateway
