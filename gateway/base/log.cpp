#include "gateway/base/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gateway {

namespace {

constexpr std::string_view redacted = "[redacted]";
constexpr std::size_t id_length_max = 200;
constexpr std::size_t word_length_max = 80;
constexpr std::size_t path_length_max = 400;
constexpr std::size_t reason_length_max = 1000;

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool consists_of(std::string_view text, std::string_view punctuation, std::size_t length_max) {
    return text.size() <= length_max && std::ranges::all_of(text, [punctuation](char c) {
               return is_alphanumeric(c) || punctuation.find(c) != std::string_view::npos;
           });
}

// RFC 8259 §7; bytes above ASCII pass, since our own texts are UTF-8.
void append_quoted(std::string& line, std::string_view text) {
    line += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
            line += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            line += c;
        }
    }
    line += '"';
}

// Cuts between characters, so that the line stays UTF-8.
std::string_view at_most(std::string_view text, std::size_t length_max) {
    if (text.size() <= length_max) {
        return text;
    }
    std::size_t end = length_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

int open_log(const std::string& file) {
    constexpr mode_t owner_and_group = 0640;
    const int descriptor =
        ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, owner_and_group);
    if (descriptor < 0) {
        const int error = errno;
        throw Failure(Category::unavailable,
                      fmt::format("{}: the log cannot be opened: {}; give its folder to the user "
                                  "that runs painbridge, or change [log] file",
                                  file, std::generic_category().message(error)));
    }
    return descriptor;
}

bool write_whole(int descriptor, std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(descriptor, line.data(), line.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        line.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    throw std::logic_error("unknown log level");
}

LogField LogField::id(std::string_view key, std::string_view value) {
    return {Kind::id, key, value};
}

LogField LogField::word(std::string_view key, std::string_view value) {
    return {Kind::word, key, value};
}

LogField LogField::partner(std::string_view id) {
    return {Kind::id, "partner", id};
}

LogField LogField::count(std::string_view key, std::int64_t value) {
    return {Kind::count, key, value};
}

LogField LogField::duration(std::string_view key, std::chrono::nanoseconds value) {
    return {Kind::duration, key,
            std::chrono::duration_cast<std::chrono::microseconds>(value).count()};
}

LogField LogField::path(std::string_view key, std::string_view value) {
    return {Kind::path, key, value};
}

LogField LogField::reason(std::string_view text) {
    return {Kind::reason, "reason", text};
}

void LogField::append_to(std::string& line) const {
    if (kind_ == Kind::duration) {
        constexpr double microseconds_a_millisecond = 1000.0;
        line += fmt::format(
            "\"{}_ms\":{:.3f}", key_,
            static_cast<double>(std::get<std::int64_t>(value_)) / microseconds_a_millisecond);
        return;
    }
    append_quoted(line, key_);
    line += ':';
    if (kind_ == Kind::count) {
        line += fmt::format("{}", std::get<std::int64_t>(value_));
        return;
    }
    const std::string_view text = std::get<std::string_view>(value_);
    bool safe = true;
    if (kind_ == Kind::id) {
        safe = consists_of(text, "._:/@+~#-", id_length_max);
    } else if (kind_ == Kind::word) {
        safe = consists_of(text, "._:/^- ", word_length_max);
    } else if (kind_ == Kind::path) {
        // Query parts are where patient identifiers hide in a URL.
        safe =
            text.find_first_of("?\n\r") == std::string_view::npos && text.size() <= path_length_max;
    }
    append_quoted(line, safe ? at_most(text, reason_length_max) : redacted);
}

Log::Log(const Clock& clock, LogLevel level)
    : clock_(clock), level_(level), descriptor_(STDERR_FILENO) {
}

Log::Log(const Clock& clock, LogLevel level, std::string file)
    : clock_(clock), level_(level), file_(std::move(file)), descriptor_(open_log(file_)) {
}

Log::~Log() {
    if (!file_.empty()) {
        ::close(descriptor_);
    }
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (writes(level)) {
        write_line(level, event, {}, fields);
    }
}

void Log::write_failure(std::string_view event, const Failure& failure,
                        std::initializer_list<LogField> fields) {
    const LogLevel level =
        failure.category() == Category::fault ? LogLevel::error : LogLevel::warning;
    if (writes(level)) {
        write_line(level, event,
                   {LogField::word("category", describe(failure.category()).name),
                    LogField::reason(failure.internal())},
                   fields);
    }
}

void Log::reopen() {
    if (file_.empty()) {
        return;
    }
    // dup3 swaps the file under the same number: a thread that is writing never sees a closed one.
    const int fresh = open_log(file_);
    const bool swapped = ::dup3(fresh, descriptor_, O_CLOEXEC) >= 0;
    ::close(fresh);
    if (!swapped) {
        throw Failure(Category::unavailable, fmt::format("{}: the log cannot be reopened", file_));
    }
}

void Log::write_line(LogLevel level, std::string_view event, std::initializer_list<LogField> first,
                     std::initializer_list<LogField> second) {
    std::string line = fmt::format(R"({{"ts":"{}","level":"{}","event":)",
                                   to_fhir_instant(clock_.now()), to_string(level));
    append_quoted(line, event);
    for (const auto& fields : {first, second}) {
        for (const LogField& field : fields) {
            line += ',';
            field.append_to(line);
        }
    }
    line += "}\n";
    if (!write_whole(descriptor_, line)) {
        ++lost_;
    }
}

}  // namespace gateway
