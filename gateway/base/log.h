// The operator's log: one JSON object a line (ts, level, event, then fields), written whole by one
// call, so that lines of several threads and processes never mix.
// It carries no patient data by construction: a value gets in only through one of the kinds of
// `LogField`, and a value that does not have the shape of its kind is replaced by "[redacted]".
// There is no global log: `assemble` makes one and passes it on. Thread-safe; never throws once
// built, since a full disk must not stop a message.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/base/clock.h"
#include "gateway/base/failure.h"

namespace gateway {

enum class LogLevel { debug, info, warning, error };

std::string_view to_string(LogLevel level);

// A key with a value of a kind that may leave the process. Borrows its texts: build it in the call.
class LogField {
public:
    // An identifier that Painbridge or a partner's system made: letters, digits and . _ : / @ + ~ #
    // -
    static LogField id(std::string_view key, std::string_view value);

    // A word of a closed list: a state, a channel, a format, a resource type.
    static LogField word(std::string_view key, std::string_view value);

    static LogField partner(std::string_view id);

    static LogField count(std::string_view key, std::int64_t value);

    // Written in milliseconds with three decimals; the key gains the suffix `_ms`.
    static LogField duration(std::string_view key, std::chrono::nanoseconds value);

    // A file of this machine, a URL from the settings, an element path such as Bundle.entry[0].
    static LogField path(std::string_view key, std::string_view value);

    // A sentence that this program wrote, under the rule of `Failure::internal`: no patient data.
    static LogField reason(std::string_view text);

    std::string_view key() const { return key_; }

    void append_to(std::string& line) const;

private:
    enum class Kind { id, word, count, duration, path, reason };

    LogField(Kind kind, std::string_view key, std::variant<std::string_view, std::int64_t> value)
        : kind_(kind), key_(key), value_(value) {}

    Kind kind_;
    std::string_view key_;
    std::variant<std::string_view, std::int64_t> value_;
};

class Log final {
public:
    // To standard error.
    Log(const Clock& clock, LogLevel level);

    // To a file that is appended to and made if missing (mode 0640); throws Failure `unavailable`.
    Log(const Clock& clock, LogLevel level, std::string file);

    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    Log(Log&&) = delete;
    Log& operator=(Log&&) = delete;

    bool writes(LogLevel level) const { return level >= level_; }

    // `event` is dotted lower case: "message.accepted".
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

    // The one form in which a failure is logged: category and internal text.
    void write_failure(std::string_view event, const Failure& failure,
                       std::initializer_list<LogField> fields = {});

    // After the file was moved away by logrotate: later lines go to a new file of the same name.
    void reopen();

    // Lines that could not be written, for the metrics.
    std::uint64_t lost() const { return lost_; }

private:
    void write_line(LogLevel level, std::string_view event, std::initializer_list<LogField> first,
                    std::initializer_list<LogField> second);

    const Clock& clock_;
    LogLevel level_;
    std::string file_;
    std::atomic<int> descriptor_;
    std::atomic<std::uint64_t> lost_ = 0;
};

}  // namespace gateway
