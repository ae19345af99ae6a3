#include "gateway/flow/audit/checkpoint_export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/base/open_file.h"

namespace gateway {

namespace {

constexpr mode_t file_mode = S_IRUSR | S_IWUSR | S_IRGRP;

Failure cannot(std::string_view act, const std::string& file) {
    return {Category::unavailable, "the audit's checkpoint could not be written",
            fmt::format("{}: cannot {}: {}", file, act, std::system_category().message(errno))};
}

OpenFile opened(const std::string& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags, file_mode);
    if (descriptor < 0) {
        throw cannot("be opened", path);
    }
    return OpenFile(descriptor);
}

std::string content_of(const std::string& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        return {};
    }
    if (!std::filesystem::is_regular_file(file, ignored)) {
        errno = EINVAL;
        throw cannot("be read, since it is no file", file);
    }
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) {
        throw cannot("be read", file);
    }
    return text;
}

void sync_folder_of(const std::string& file) {
    const Act act(ActSite::audit_folder);
    const auto folder = std::filesystem::absolute(file).parent_path().string();
    const OpenFile held = opened(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (::fsync(held.descriptor()) != 0) {
        throw cannot("be synced", folder);
    }
}

// What stands behind the last line end was cut off by a crash and never counted.
void append_line(const std::string& file, const std::string& line) {
    const std::string before = content_of(file);
    const std::size_t whole = before.rfind('\n') == std::string::npos ? 0 : before.rfind('\n') + 1;
    const Act act(ActSite::audit_checkpoint);
    const OpenFile out = opened(file, O_WRONLY | O_CREAT | O_CLOEXEC);
    const std::string text = line + '\n';
    if (::ftruncate(out.descriptor(), static_cast<off_t>(whole)) != 0 ||
        ::pwrite(out.descriptor(), text.data(), text.size(), static_cast<off_t>(whole)) !=
            static_cast<ssize_t>(text.size()) ||
        ::fsync(out.descriptor()) != 0) {
        throw cannot("be written", file);
    }
    if (before.empty()) {
        sync_folder_of(file);
    }
}

}  // namespace

CheckpointExport::CheckpointExport(Parts parts, std::string file, SigningKey key)
    : parts_(parts), file_(std::move(file)), key_(std::move(key)) {
}

CheckpointResult CheckpointExport::run() {
    const std::lock_guard lock(mutex_);
    try {
        result_ = sign_and_append();
    } catch (const Failure& failure) {  // tried again at the next time
        parts_.log.write_failure("audit.checkpoint_failed", failure,
                                 {LogField::path("file", file_)});
        result_ = CheckpointResult::failed;
    }
    return result_;
}

CheckpointResult CheckpointExport::sign_and_append() {
    if (!latest_) {
        take_up();
    }
    const AuditVerdict verdict = verify_audit_since(parts_.store, *latest_);
    if (verdict.finding) {
        parts_.log.write(
            LogLevel::error, "audit.not_sound",
            {LogField::count("record", static_cast<std::int64_t>(verdict.finding->sequence)),
             LogField::word("fault", to_string(verdict.finding->fault)),
             LogField::reason(verdict.finding->text)});
        return CheckpointResult::not_sound;
    }
    if (verdict.records == latest_->records) {
        return CheckpointResult::nothing_new;
    }
    const Checkpoint next{verdict.records, verdict.last, to_fhir_instant(parts_.clock.now())};
    append_line(file_, signed_line(next, key_));
    latest_ = next;
    parts_.log.write(LogLevel::info, "audit.checkpoint",
                     {LogField::count("records", static_cast<std::int64_t>(next.records))});
    return CheckpointResult::written;
}

// Goes on from the last checkpoint of this key; one of a former key says nothing to this one.
void CheckpointExport::take_up() {
    const CheckpointList list = read_checkpoints(content_of(file_), key_.public_key());
    latest_ = list.checkpoints.empty() ? Checkpoint{} : list.checkpoints.back();
}

}  // namespace gateway
