#include "gateway/edge/auth/operator_pass.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <vector>

#include "gateway/base/act.h"
#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr std::string_view scheme = "Bearer ";

}  // namespace

std::string operator_pass_file(const std::string& store_path) {
    return store_path + ".operator";
}

void write_operator_pass(const std::string& file, const OperatorPass& pass) {
    const Act act(ActSite::operator_pass);
    constexpr mode_t owner_only = 0600;
    ::unlink(file.c_str());
    const int descriptor =
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only);
    const std::string text =
        pass.host + "\n" + std::to_string(pass.port) + "\n" + pass.secret + "\n";
    const bool is_written = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) ==
                                                   static_cast<ssize_t>(text.size());
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!is_written) {
        throw Failure(Category::unavailable, "the operator's pass cannot be written",
                      file + " cannot be written: `painbridge queue` needs it");
    }
}

OperatorPass read_operator_pass(const std::string& file) {
    const std::string text = read_file(file);
    const std::vector<std::string_view> lines = split(text, '\n');
    OperatorPass pass;
    if (lines.size() >= 3) {
        pass.host = lines[0];
        std::from_chars(lines[1].data(), lines[1].data() + lines[1].size(), pass.port);
        pass.secret = lines[2];
    }
    if (pass.port == 0 || pass.secret.empty()) {
        throw Failure(Category::unavailable, "the operator's pass cannot be read",
                      file + " is no pass of a running gateway: restart the gateway");
    }
    return pass;
}

bool shows_pass(std::string_view authorization, std::string_view secret) {
    if (secret.empty() || !authorization.starts_with(scheme)) {
        return false;
    }
    // Equal digests, not equal prefixes.
    return sha256(authorization.substr(scheme.size())) == sha256(secret);
}

}  // namespace gateway
