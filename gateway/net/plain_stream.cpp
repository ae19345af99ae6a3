#include "gateway/net/plain_stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace gateway {

StreamStatus PlainStream::handshake() {
    if (connected_) {
        return StreamStatus::ready;
    }
    const int progress = socket_.connect_progress();
    if (progress == EINPROGRESS) {
        return StreamStatus::again;
    }
    connected_ = progress == 0;
    if (connected_) {
        return StreamStatus::ready;
    }
    error_ = std::string("connect: ") + std::generic_category().message(progress);
    return StreamStatus::failed;
}

StreamResult PlainStream::read(std::span<char> space) {
    ssize_t count = 0;
    do {
        count = ::recv(descriptor(), space.data(), space.size(), 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
        return {StreamStatus::ready, static_cast<std::size_t>(count)};
    }
    if (count == 0) {
        return {StreamStatus::closed};
    }
    return failed("read");
}

StreamResult PlainStream::write(std::string_view bytes) {
    ssize_t count = 0;
    do {
        count = ::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    if (count >= 0) {
        return {StreamStatus::ready, static_cast<std::size_t>(count)};
    }
    return failed("write");
}

StreamResult PlainStream::failed(std::string_view doing) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return {StreamStatus::again};
    }
    error_ = std::string(doing) + ": " + std::generic_category().message(errno);
    return {StreamStatus::failed};
}

}  // namespace gateway
