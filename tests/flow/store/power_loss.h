// What a power loss may leave of files: a record of every write, sync and change of a directory,
// and from it the disk images that were possible at a moment. The disk of the model is the worst
// that SQLite promises to survive: what no sync confirmed is there or not, each write, page or
// sector for itself; of names in the directory the later ones are missing. Thread-safe recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/flow/store/faulty_disk.h"

namespace gateway::test {

struct DiskEvent {
    enum class Kind { open, write, truncate, sync, remove, remove_and_sync, acknowledge };

    Kind kind = Kind::open;
    std::string path;    // what was acknowledged, for `acknowledge`
    std::size_t at = 0;  // of a write; the new size, for `truncate`
    std::string bytes;
};

enum class Syncs { kept, ignored };

class DiskRecord final : public DiskObserver {
public:
    explicit DiskRecord(Syncs syncs) : syncs_(syncs) {}

    void opened(const std::string& path) override;
    void wrote(const std::string& path, sqlite3_int64 at, std::string_view bytes) override;
    void truncated(const std::string& path, sqlite3_int64 size) override;
    void synced(const std::string& path) override;
    void removed(const std::string& path, bool directory_synced) override;

    // From now on a client counts on it.
    void acknowledge(const std::string& what);

    // Once nobody writes any more.
    const std::vector<DiskEvent>& events() const { return events_; }

private:
    void add(DiskEvent event);

    Syncs syncs_;
    std::mutex mutex_;  // guards the events
    std::vector<DiskEvent> events_;
};

enum class Loss { everything, nothing, all_after_one, some_writes, some_pages, some_sectors };

std::string_view to_string(Loss loss);

// The disk after the events so far. Not thread-safe.
class LostPower final {
public:
    // The event must outlive this object.
    void apply(const DiskEvent& event);

    // File name -> content.
    std::map<std::string, std::string> image(Loss loss, std::mt19937& random) const;

    const std::set<std::string>& acknowledged() const { return acknowledged_; }

private:
    struct File {
        std::string durable;
        std::vector<const DiskEvent*> pending;
        bool syncs_directory = false;  // SQLite's first sync of a new journal or log does
    };

    struct Naming {
        std::string path;
        std::size_t file;
    };

    void open(const std::string& path);
    void sync(const std::string& path);
    void remove(const std::string& path);
    void sync_directory();
    static std::string content(const File& file, Loss loss, std::mt19937& random);

    std::vector<File> files_;
    std::map<std::string, std::size_t> names_;  // as the running process sees them
    std::map<std::string, std::size_t> durable_names_;
    std::vector<Naming> pending_names_;  // no file: a removal
    std::set<std::string> acknowledged_;
};

}  // namespace gateway::test
