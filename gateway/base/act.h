// The seam that every durable or outward act passes: a commit, a checkpoint, an answer, a message
// on its way. `pass` does nothing (act.cpp) and nothing in the product can make it do more; the
// torture gateway of tests/torture links a definition of its own, which counts, and stops the
// process where a test wants it stopped. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace gateway {

// Each stands in one place of the code.
enum class ActSite {
    mllp_answer,  // the acknowledgement of a message
    http_answer,
    http_interim,  // 100 Continue
    mllp_call,     // a message to a peer
    http_call,
    smtp_line,  // to a relay
    smtp_text,  // of a mail
    store_lock,
    store_open,
    store_copy,  // of the file, before a migration
    store_migration,
    store_folder,   // the names of its files
    master_key,     // which ones its records need
    store_release,  // leases of a process that died
    store_commit,
    postgres_commit,
    store_checkpoint,
    store_close,
    key_rotation,  // a step of it is handed to the store
    audit_checkpoint,
    audit_folder,   // of the first checkpoint
    alarm_file,     // which incidents are open
    alarm_text,     // for a program
    alarm_command,  // a program is told
    body_spill,
    operator_pass,
    operator_pass_end,
    reload,
    copy_begin,  // of a store, into a backup
    copy_pages,
    copy_settle,  // the copy's log goes into it
    copy_sync,
    private_write,  // of files that are there whole or not at all
    private_sync,
    private_name,
    private_removal,
    unfinished_removal,  // and what SQLite puts beside it
    store_rename,        // a restored one takes the place
    store_link,          // the former keeps a name
    store_memory,
};

inline constexpr std::array<std::string_view, 40> act_site_names{
    "mllp_answer",     "http_answer",        "http_interim",  "mllp_call",     "http_call",
    "smtp_line",       "smtp_text",          "store_lock",    "store_open",    "store_copy",
    "store_migration", "store_folder",       "master_key",    "store_release", "store_commit",
    "postgres_commit", "store_checkpoint",   "store_close",   "key_rotation",  "audit_checkpoint",
    "audit_folder",    "alarm_file",         "alarm_text",    "alarm_command", "body_spill",
    "operator_pass",   "operator_pass_end",  "reload",        "copy_begin",    "copy_pages",
    "copy_settle",     "copy_sync",          "private_write", "private_sync",  "private_name",
    "private_removal", "unfinished_removal", "store_rename",  "store_link",    "store_memory"};

static_assert(act_site_names.size() == static_cast<std::size_t>(ActSite::store_memory) + 1);

enum class ActMoment { before, after };

void pass(ActSite site, ActMoment moment);

// Stands around the act: before it when made, after it when gone, whether it succeeded or not.
class Act final {
public:
    explicit Act(ActSite site) : site_(site) { pass(site_, ActMoment::before); }

    ~Act() { pass(site_, ActMoment::after); }

    Act(const Act&) = delete;
    Act& operator=(const Act&) = delete;
    Act(Act&&) = delete;
    Act& operator=(Act&&) = delete;

private:
    ActSite site_;
};

}  // namespace gateway
