#include "gateway/net/spill_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "gateway/base/act.h"

namespace gateway {

SpillFile::SpillFile(int descriptor) : file_(descriptor), key_(CipherKey::random()) {
}

// Written again after a failure, a byte is the same byte at the same place: the key stream covers
// no two texts.
bool SpillFile::append(std::string_view bytes) {
    std::string sealed(bytes);
    key_.apply_stream(sealed, size_);
    if (!write(sealed)) {
        return false;
    }
    digest_.add(bytes);
    size_ += bytes.size();
    return true;
}

bool SpillFile::write(std::string_view sealed) const {
    const Act act(ActSite::body_spill);
    for (std::size_t done = 0; done < sealed.size();) {
        const ssize_t count = ::pwrite(file_.descriptor(), sealed.data() + done,
                                       sealed.size() - done, static_cast<off_t>(size_ + done));
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    return true;
}

bool SpillFile::read(std::string& into) const {
    for (std::size_t done = 0; done < into.size();) {
        const ssize_t count = ::pread(file_.descriptor(), into.data() + done, into.size() - done,
                                      static_cast<off_t>(done));
        if (count == 0) {
            errno = EIO;  // it has become shorter
        }
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return false;
        }
        done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    return true;
}

bool SpillFile::read_all(std::string& into) {
    into.assign(size_, '\0');
    if (!read(into)) {
        return false;
    }
    key_.apply_stream(into, 0);
    if (!whole_) {
        whole_ = digest_.finish();
    }
    if (sha256(into) != *whole_) {
        errno = EBADMSG;
        return false;
    }
    return true;
}

}  // namespace gateway
