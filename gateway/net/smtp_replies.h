// What an SMTP server answers, line by line out of bytes: "250-…" goes on, "250 …" is the last
// line. Bounded; the texts are for looking up what a server offers, not for the log. Pure. Spec:
// RFC 5321 §4.2.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

struct SmtpReply {
    int code = 0;
    std::vector<std::string> lines;  // without code and line end

    // Whether a line is `keyword`, or begins with it and a blank; without case (RFC 5321 §4.1.1.1).
    bool offers(std::string_view keyword) const;

    // The same, with `word` among what follows: offers("AUTH", "PLAIN").
    bool offers(std::string_view keyword, std::string_view word) const;
};

class SmtpReplies final {
public:
    void add(std::string_view bytes) { bytes_ += bytes; }

    // The next whole one; nothing where more is needed or it is broken.
    std::optional<SmtpReply> next();

    // No SMTP, or more than we bear.
    bool is_broken() const { return is_broken_; }

    // The server has said more than was taken.
    bool has_rest() const { return !bytes_.empty() || !reply_.lines.empty(); }

    static constexpr std::size_t bytes_max = 16UL * 1024;

private:
    bool take_line(std::string_view line);

    std::string bytes_;
    SmtpReply reply_;  // the lines so far
    std::size_t taken_ = 0;
    bool is_broken_ = false;
};

}  // namespace gateway
