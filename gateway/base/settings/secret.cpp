#include "gateway/base/settings/secret.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    return text;
}

std::string read_variable(const std::string& name) {
    // Read at start, before there are threads that could change the environment.
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): see above
    return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

std::optional<std::string> secret_file_fault(const std::string& path) {
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) {
        return fmt::format("{} does not exist or cannot be reached", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return fmt::format("{} is not a file", path);
    }
    constexpr mode_t group_and_others = S_IRWXG | S_IRWXO;
    if ((status.st_mode & group_and_others) != 0) {
        return fmt::format(
            "{} may be accessed by its group or by others (mode {:04o}); run "
            "chmod 600 on it",
            path, status.st_mode & 07777U);
    }
    return std::nullopt;
}

std::string read_secret(const SecretReference& reference) {
    std::string value;
    if (reference.kind == SecretReference::Kind::file) {
        if (const auto fault = secret_file_fault(reference.name)) {
            throw Failure(Category::unavailable, "a secret is not available", *fault);
        }
        value = without_line_end(read_file(reference.name));
    } else if (reference.kind == SecretReference::Kind::env) {
        value = read_variable(reference.name);
    }
    if (value.empty()) {
        throw Failure(Category::unavailable, "a secret is not available",
                      reference.empty()
                          ? std::string("no secret is configured")
                          : fmt::format("the secret {} is empty or not set", reference.name));
    }
    return value;
}

}  // namespace gateway
