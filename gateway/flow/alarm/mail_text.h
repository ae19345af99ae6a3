// An alarm as a mail: headers and text, in ASCII on the wire whatever the words. All mails of one
// incident are one thread. Pure.
// Specs: RFC 5322, RFC 2047 (words in headers), RFC 2045 (base64), RFC 3834 (Auto-Submitted).
#pragma once

#include <string>
#include <vector>

#include "gateway/flow/alarm/notice.h"

namespace gateway {

// What RFC 5322 wants of a date: Sat, 31 Jan 2026 13:28:17 +0000.
std::string mail_date(Instant at);

// `host` is where ids are from.
std::string mail_text(const Notice& notice, const std::string& from,
                      const std::vector<std::string>& to, const std::string& host);

}  // namespace gateway
