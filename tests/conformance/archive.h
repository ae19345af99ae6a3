// The files of a folder or of a `.tgz` package, one after the other, in the order of their names.
// Trusted archives only: they come with the suites.
#pragma once

#include <functional>
#include <string>

namespace gateway::conformance {

using VisitFile = std::function<void(const std::string& name, std::string content)>;

// Throws std::runtime_error or Failure if it cannot be read.
void for_each_file(const std::string& path, const VisitFile& visit);

}  // namespace gateway::conformance
