// What a request head must keep beyond the grammar, so that no proxy before us and no parser behind
// us can read the same bytes in another way (request smuggling). Pure; thread-safe.
// Spec: RFC 9112 §3.2 (Host), §5.2 (obs-fold), §6 (message body), §11.2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/http_message.h"

namespace gateway {

// Why the server itself answers: a broken rule, a limit, a reply that never came.
struct HttpRefusal {
    int status = 400;
    std::string_view reason;  // one sentence, static text, safe to send
};

inline constexpr HttpRefusal no_room_for_body = {503,
                                                 "There is no room for a body of this size now."};

enum class HttpVersion { http_1_0, http_1_1 };

// A field that goes on in the next line; looked for in the raw head, which ends in CR LF CR LF.
bool has_folded_line(std::string_view raw_head);

// Judges the parsed head; where it is good, sets `head.host` and brings an absolute target into
// origin form. `hosts`: the names served, lower case, without port; empty: every one.
std::optional<HttpRefusal> apply_rules(HttpRequestHead& head, HttpVersion version,
                                       const std::vector<std::string>& hosts);

}  // namespace gateway
