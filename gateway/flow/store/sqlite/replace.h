// Puts one SQLite store in the place of another that nobody has open.
#pragma once

#include <string>

namespace gateway::sqlite {

// `with`, a file without a log, takes the name `path`. What was there before is kept under
// `aside`, with its log where it cannot be written into the file any more. At each moment there is
// a whole store under `path`, if there was one. The caller holds the lock of `path`. Throws
// `Failure` `unavailable`. Whether there was one.
bool replace_store(const std::string& path, const std::string& with, const std::string& aside);

}  // namespace gateway::sqlite
