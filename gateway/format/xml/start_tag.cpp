#include "gateway/format/xml/start_tag.h"

#include <algorithm>

namespace gateway {

namespace {

constexpr std::string_view space = " \t\r\n";
constexpr std::string_view ends_name = " \t\r\n=/>";

}  // namespace

std::string_view scan_start_tag(std::string_view tag, std::vector<RawAttribute>& attributes) {
    attributes.clear();
    std::size_t at = std::min(tag.find_first_of(ends_name, 1), tag.size());
    const std::string_view element = tag.substr(1, at - 1);
    while (true) {
        const std::size_t name = tag.find_first_not_of(space, at);
        if (name == std::string_view::npos || tag[name] == '/' || tag[name] == '>') {
            return element;
        }
        const std::size_t name_end = tag.find_first_of(ends_name, name);
        const std::size_t quote = tag.find_first_of("\"'", name_end);
        if (name_end == std::string_view::npos || quote == std::string_view::npos) {
            return element;
        }
        const std::size_t end = std::min(tag.find(tag[quote], quote + 1), tag.size());
        attributes.push_back({.name = tag.substr(name, name_end - name),
                              .raw = tag.substr(quote + 1, end - quote - 1),
                              .offset = quote + 1});
        at = std::min(end + 1, tag.size());
    }
}

}  // namespace gateway
