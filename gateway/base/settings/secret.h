// A secret named by where it is kept, never by its value: { file = "…" } or { env = "…" } in the
// configuration. The value is read at use and not held in the settings, so that neither a log nor
// `painbridge check` can show it.
#pragma once

#include <optional>
#include <string>

namespace gateway {

struct SecretReference {
    enum class Kind { none, file, env };

    Kind kind = Kind::none;
    std::string name;  // the file's path or the variable's name

    bool empty() const { return kind == Kind::none; }

    bool operator==(const SecretReference&) const = default;
};

// The value, trailing line end removed; a Failure `unavailable` says what to do if it is missing,
// empty, or a file that group or others may read.
std::string read_secret(const SecretReference& reference);

// What is wrong with a file that holds a secret or a private key: missing, or group or others may
// access it. One sentence with the fix.
std::optional<std::string> secret_file_fault(const std::string& path);

}  // namespace gateway
