// How the command line shows the running gateway that it may change something: a file beside the
// store, for the store's owner only, with the ops listener's address and a secret that is made anew
// at each start. Who can read it could read the store as well; a page in a browser and other users
// of the machine cannot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

struct OperatorPass {
    std::string host;
    std::uint16_t port = 0;
    std::string secret;
};

std::string operator_pass_file(const std::string& store_path);

// A new one in the place of any other, mode 0600. Failure `unavailable`.
void write_operator_pass(const std::string& file, const OperatorPass& pass);

// Failure `not_found` or `unavailable`.
OperatorPass read_operator_pass(const std::string& file);

// `authorization`: the header's value, `Bearer SECRET` (RFC 6750 §2.1). Takes the same time however
// much of it is right.
bool shows_pass(std::string_view authorization, std::string_view secret);

}  // namespace gateway
