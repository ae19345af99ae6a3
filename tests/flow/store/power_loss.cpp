#include "tests/flow/store/power_loss.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace gateway::test {

namespace {

constexpr std::size_t no_file = std::numeric_limits<std::size_t>::max();
constexpr std::size_t sector_bytes = 512;
constexpr std::size_t page_bytes = 4096;

bool coin(std::mt19937& random) {
    return (random() & 1U) != 0;
}

void put(std::string& content, std::size_t at, std::string_view bytes) {
    if (content.size() < at + bytes.size()) {
        content.resize(at + bytes.size(), '\0');
    }
    content.replace(at, bytes.size(), bytes);
}

void perform(std::string& content, const DiskEvent& event) {
    if (event.kind == DiskEvent::Kind::truncate) {
        content.resize(event.at, '\0');
    } else {
        put(content, event.at, event.bytes);
    }
}

// Each unit of the file that the write touches is old or new.
void tear(std::string& content, const DiskEvent& write, std::size_t unit, std::mt19937& random) {
    const std::string_view bytes = write.bytes;
    for (std::size_t from = 0; from < bytes.size();) {
        const std::size_t size = std::min(unit - (write.at + from) % unit, bytes.size() - from);
        if (coin(random)) {
            put(content, write.at + from, bytes.substr(from, size));
        }
        from += size;
    }
}

bool is_journal(std::string_view path) {
    return path.ends_with("-wal") || path.ends_with("-journal");
}

void name(std::map<std::string, std::size_t>& names, const std::string& path, std::size_t file) {
    if (file == no_file) {
        names.erase(path);
    } else {
        names[path] = file;
    }
}

}  // namespace

void DiskRecord::add(DiskEvent event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
}

void DiskRecord::opened(const std::string& path) {
    add({DiskEvent::Kind::open, path, 0, {}});
}

void DiskRecord::wrote(const std::string& path, sqlite3_int64 at, std::string_view bytes) {
    add({DiskEvent::Kind::write, path, static_cast<std::size_t>(at), std::string(bytes)});
}

void DiskRecord::truncated(const std::string& path, sqlite3_int64 size) {
    add({DiskEvent::Kind::truncate, path, static_cast<std::size_t>(size), {}});
}

void DiskRecord::synced(const std::string& path) {
    if (syncs_ == Syncs::kept) {
        add({DiskEvent::Kind::sync, path, 0, {}});
    }
}

void DiskRecord::removed(const std::string& path, bool directory_synced) {
    const bool is_durable = directory_synced && syncs_ == Syncs::kept;
    add({is_durable ? DiskEvent::Kind::remove_and_sync : DiskEvent::Kind::remove, path, 0, {}});
}

void DiskRecord::acknowledge(const std::string& what) {
    add({DiskEvent::Kind::acknowledge, what, 0, {}});
}

std::string_view to_string(Loss loss) {
    switch (loss) {
        case Loss::everything:
            return "everything";
        case Loss::nothing:
            return "nothing";
        case Loss::all_after_one:
            return "all after one";
        case Loss::some_writes:
            return "some writes";
        case Loss::some_pages:
            return "some pages";
        case Loss::some_sectors:
            return "some sectors";
    }
    return "";
}

void LostPower::apply(const DiskEvent& event) {
    switch (event.kind) {
        case DiskEvent::Kind::open:
            return open(event.path);
        case DiskEvent::Kind::write:
        case DiskEvent::Kind::truncate:
            files_[names_.at(event.path)].pending.push_back(&event);
            return;
        case DiskEvent::Kind::sync:
            return sync(event.path);
        case DiskEvent::Kind::remove:
            return remove(event.path);
        case DiskEvent::Kind::remove_and_sync:
            remove(event.path);
            return sync_directory();
        case DiskEvent::Kind::acknowledge:
            acknowledged_.insert(event.path);
            return;
    }
}

void LostPower::open(const std::string& path) {
    if (names_.contains(path)) {
        return;
    }
    names_[path] = files_.size();
    pending_names_.push_back({path, files_.size()});
    files_.push_back({{}, {}, is_journal(path)});
}

void LostPower::sync(const std::string& path) {
    File& file = files_[names_.at(path)];
    for (const DiskEvent* event : file.pending) {
        perform(file.durable, *event);
    }
    file.pending.clear();
    if (std::exchange(file.syncs_directory, false)) {
        sync_directory();
    }
}

void LostPower::remove(const std::string& path) {
    names_.erase(path);
    pending_names_.push_back({path, no_file});
}

void LostPower::sync_directory() {
    for (const Naming& naming : pending_names_) {
        name(durable_names_, naming.path, naming.file);
    }
    pending_names_.clear();
}

std::string LostPower::content(const File& file, Loss loss, std::mt19937& random) {
    std::string content = file.durable;
    const std::size_t kept =
        loss == Loss::all_after_one ? random() % (file.pending.size() + 1) : file.pending.size();
    for (std::size_t i = 0; i < kept && loss != Loss::everything; ++i) {
        const DiskEvent& event = *file.pending[i];
        const bool is_write = event.kind == DiskEvent::Kind::write;
        if (is_write && loss == Loss::some_pages) {
            tear(content, event, page_bytes, random);
        } else if (is_write && loss == Loss::some_sectors) {
            tear(content, event, sector_bytes, random);
        } else if (loss == Loss::nothing || loss == Loss::all_after_one || coin(random)) {
            perform(content, event);
        }
    }
    return content;
}

std::map<std::string, std::string> LostPower::image(Loss loss, std::mt19937& random) const {
    std::map<std::string, std::size_t> names = durable_names_;
    std::size_t kept = random() % (pending_names_.size() + 1);
    if (loss == Loss::everything || loss == Loss::nothing) {
        kept = loss == Loss::nothing ? pending_names_.size() : 0;
    }
    for (std::size_t i = 0; i < kept; ++i) {
        name(names, pending_names_[i].path, pending_names_[i].file);
    }
    std::map<std::string, std::string> image;
    for (const auto& [path, file] : names) {
        image[path] = content(files_[file], loss, random);
    }
    return image;
}

}  // namespace gateway::test
