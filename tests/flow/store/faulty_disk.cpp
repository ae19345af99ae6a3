#include "tests/flow/store/faulty_disk.h"

namespace gateway::test {

// SQLite gives out raw memory of `szOsFile` bytes: this, and behind it the real file.
struct FaultyFile {
    sqlite3_file base;
    FaultyDisk* disk;
    const char* name;  // SQLite keeps it until the file is closed; a temporary file has none
    bool is_log;
    sqlite3_file* real;

    static FaultyFile& of(sqlite3_file* file) {
        return *reinterpret_cast<FaultyFile*>(file);  // SQLite's own way to derive
    }

    static int close(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }

    static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
        return real_of(file)->pMethods->xRead(real_of(file), to, size, at);
    }

    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
        switch (of(file).disk->fault_) {
            case DiskFault::full:
                return SQLITE_FULL;
            case DiskFault::write_fails:
                return SQLITE_IOERR_WRITE;
            case DiskFault::none:
            case DiskFault::sync_fails:
                break;
        }
        const int result = real_of(file)->pMethods->xWrite(real_of(file), from, size, at);
        if (DiskObserver* observer = observer_of(file); observer && result == SQLITE_OK) {
            observer->wrote(of(file).name, at,
                            {static_cast<const char*>(from), static_cast<std::size_t>(size)});
        }
        return result;
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        const int result = real_of(file)->pMethods->xTruncate(real_of(file), size);
        if (DiskObserver* observer = observer_of(file); observer && result == SQLITE_OK) {
            observer->truncated(of(file).name, size);
        }
        return result;
    }

    static int sync(sqlite3_file* file, int flags) {
        if (of(file).disk->fault_ == DiskFault::sync_fails) {
            return SQLITE_IOERR_FSYNC;
        }
        if (DiskObserver* observer = observer_of(file)) {
            observer->synced(of(file).name);
            return SQLITE_OK;
        }
        const int result = real_of(file)->pMethods->xSync(real_of(file), flags);
        if (result == SQLITE_OK && of(file).is_log) {
            ++of(file).disk->log_syncs_;
        }
        return result;
    }

    static int size(sqlite3_file* file, sqlite3_int64* bytes) {
        return real_of(file)->pMethods->xFileSize(real_of(file), bytes);
    }

    static int lock(sqlite3_file* file, int kind) {
        return real_of(file)->pMethods->xLock(real_of(file), kind);
    }

    static int unlock(sqlite3_file* file, int kind) {
        return real_of(file)->pMethods->xUnlock(real_of(file), kind);
    }

    static int check_lock(sqlite3_file* file, int* out) {
        return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
    }

    static int control(sqlite3_file* file, int operation, void* argument) {
        return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
    }

    static int sector_size(sqlite3_file* file) {
        return real_of(file)->pMethods->xSectorSize(real_of(file));
    }

    static int characteristics(sqlite3_file* file) {
        return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
    }

    static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
        return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
    }

    static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
        return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
    }

    static void shm_barrier(sqlite3_file* file) {
        real_of(file)->pMethods->xShmBarrier(real_of(file));
    }

    static int shm_unmap(sqlite3_file* file, int remove) {
        return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
    }

    static sqlite3_file* real_of(sqlite3_file* file) { return of(file).real; }

    static DiskObserver* observer_of(sqlite3_file* file) {
        return of(file).name == nullptr ? nullptr : of(file).disk->observer_.load();
    }
};

namespace {

constexpr sqlite3_io_methods methods = {
    2,
    FaultyFile::close,
    FaultyFile::read,
    FaultyFile::write,
    FaultyFile::truncate,
    FaultyFile::sync,
    FaultyFile::size,
    FaultyFile::lock,
    FaultyFile::unlock,
    FaultyFile::check_lock,
    FaultyFile::control,
    FaultyFile::sector_size,
    FaultyFile::characteristics,
    FaultyFile::shm_map,
    FaultyFile::shm_lock,
    FaultyFile::shm_barrier,
    FaultyFile::shm_unmap,
    nullptr,
    nullptr,
};

}  // namespace

FaultyDisk::FaultyDisk() {
    const sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    layer_ = *real;
    layer_.zName = name_.c_str();
    layer_.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real->szOsFile;
    layer_.xOpen = &FaultyDisk::open;
    layer_.xDelete = &FaultyDisk::remove;
    layer_.pAppData = this;
    layer_.pNext = nullptr;
    sqlite3_vfs_register(&layer_, 0);
}

FaultyDisk::~FaultyDisk() {
    sqlite3_vfs_unregister(&layer_);
}

int FaultyDisk::open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out) {
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    FaultyFile& faulty = FaultyFile::of(file);
    faulty.disk = static_cast<FaultyDisk*>(self->pAppData);
    faulty.name = name;
    faulty.is_log = (flags & SQLITE_OPEN_WAL) != 0;
    faulty.real = reinterpret_cast<sqlite3_file*>(&faulty + 1);
    const int result = real->xOpen(real, name, faulty.real, flags, out);
    faulty.base.pMethods = faulty.real->pMethods == nullptr ? nullptr : &methods;
    if (DiskObserver* observer = faulty.disk->observer_; observer && name && result == SQLITE_OK) {
        observer->opened(name);
    }
    return result;
}

int FaultyDisk::remove(sqlite3_vfs* self, const char* name, int sync_directory) {
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    DiskObserver* observer = static_cast<FaultyDisk*>(self->pAppData)->observer_;
    const int result = real->xDelete(real, name, observer == nullptr ? sync_directory : 0);
    if (observer && result == SQLITE_OK) {
        observer->removed(name, sync_directory != 0);
    }
    return result;
}

}  // namespace gateway::test
