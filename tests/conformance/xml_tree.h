// A published test file in XML as a small tree. Trusted files only: they come with the suites.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::conformance {

struct XmlElement {
    std::string name;  // without a prefix
    std::vector<std::pair<std::string, std::string>> attributes{};
    std::vector<XmlElement> children{};
    std::string text{};  // directly inside

    std::string_view attribute(std::string_view name) const;
    const XmlElement* child(std::string_view name) const;
};

// Throws std::runtime_error naming the line.
XmlElement read_xml(const std::string& path);

}  // namespace gateway::conformance
