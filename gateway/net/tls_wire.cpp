#include "gateway/net/tls_wire.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <new>

#include "gateway/net/tls_records.h"

namespace gateway {

namespace {

// Most greetings in one piece.
constexpr std::size_t greeting_step = 1'024;

TlsWire& wire_of(BIO* bio) {
    return *static_cast<TlsWire*>(BIO_get_data(bio));
}

int told(BIO* bio, const StreamResult& result, int direction) {
    BIO_clear_retry_flags(bio);
    switch (result.status) {
        case StreamStatus::ready:
            return static_cast<int>(result.bytes);
        case StreamStatus::again:
            BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
            return -1;
        case StreamStatus::closed:
            return 0;
        case StreamStatus::failed:
            return -1;
    }
    return -1;
}

int read_bytes(BIO* bio, char* space, int size) {
    const auto wanted = static_cast<std::size_t>(std::max(size, 0));
    try {
        return told(bio, wire_of(bio).read({space, wanted}), BIO_FLAGS_READ);
    } catch (const std::bad_alloc&) {  // nothing may fly through OpenSSL's frames
        return told(bio, {StreamStatus::failed}, BIO_FLAGS_READ);
    }
}

int write_bytes(BIO* bio, const char* bytes, int size) {
    const auto given = static_cast<std::size_t>(std::max(size, 0));
    return told(bio, wire_of(bio).write({bytes, given}), BIO_FLAGS_WRITE);
}

long control(BIO* bio, int command, long, void*) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return wire_of(bio).ended() ? 1 : 0;
        default:
            return 0;
    }
}

using Method = std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>;

Method make_method() {
    Method method(BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "painbridge wire"),
                  &BIO_meth_free);
    if (!method || BIO_meth_set_read(method.get(), &read_bytes) != 1 ||
        BIO_meth_set_write(method.get(), &write_bytes) != 1 ||
        BIO_meth_set_ctrl(method.get(), &control) != 1) {
        throw std::bad_alloc();
    }
    return method;
}

// A table of functions: what virtual functions are in C.
const BIO_METHOD* method() {
    static const Method only = make_method();
    return only.get();
}

}  // namespace

bool TlsWire::carry(ssl_st& ssl) {
    BIO* bio = BIO_new(method());
    if (bio == nullptr) {
        return false;
    }
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(&ssl, bio, bio);  // takes it
    ssl_ = &ssl;
    return true;
}

StreamStatus TlsWire::fail(std::string_view fault) {
    fault_ = fault;
    return StreamStatus::failed;
}

StreamStatus TlsWire::await_greeting() {
    expects_greeting_ = true;
    for (;;) {
        passable_ = passable(held_.view());
        if (!fault_.empty()) {
            return StreamStatus::failed;
        }
        if (passable_ > 0) {
            return StreamStatus::ready;
        }
        const StreamResult result = plain_.read(held_.space(greeting_step));
        switch (result.status) {
            case StreamStatus::ready:
                held_.filled(result.bytes);
                break;
            case StreamStatus::again:
                held_.release_spare();
                return StreamStatus::again;
            case StreamStatus::closed:
            case StreamStatus::failed:
                return result.status;
        }
    }
}

// In the clear only a greeting can come: the first, and with TLS 1.3 the second that we asked for
// (HelloRetryRequest, RFC 8446 §4.1.4).
bool TlsWire::stands_a_greeting(std::string_view bytes) const {
    return expects_greeting_ && (ssl_ == nullptr || (begins_handshake_record(bytes) &&
                                                     SSL_version(ssl_) == TLS1_3_VERSION));
}

std::size_t TlsWire::passable(std::string_view bytes) {
    std::size_t passed = 0;
    while (!is_foreign_ && passed < bytes.size()) {
        const std::string_view rest = bytes.substr(passed);
        if (stands_a_greeting(rest)) {
            // Alone: what comes behind it is judged by what OpenSSL makes of it.
            const RecordEnd greeting =
                passed == 0 ? end_of_greeting(rest) : RecordEnd{RecordStep::more};
            is_foreign_ = greeting.step == RecordStep::foreign;
            if (greeting.step == RecordStep::huge) {
                fail("a greeting that would be huge; see what calls this port");
            }
            if (is_foreign_) {
                break;
            }
            return greeting.step == RecordStep::whole ? greeting.size : passed;
        }
        const RecordEnd record = end_of_record(rest);
        if (record.step == RecordStep::more) {
            return passed;
        }
        is_foreign_ = record.step == RecordStep::foreign;
        passed += record.size;
    }
    return is_foreign_ ? bytes.size() : passed;
}

StreamResult TlsWire::hand_out(std::span<char> space) {
    const std::size_t size = std::min(passable_, space.size());
    std::ranges::copy(held_.view().substr(0, size), space.begin());
    passable_ -= size;
    held_.consume(size);
    if (held_.empty()) {
        held_.release_spare();
    }
    return {StreamStatus::ready, size};
}

void TlsWire::keep(std::string_view bytes) {
    held_.clear();
    if (bytes.empty()) {
        held_.release_spare();
        return;
    }
    std::ranges::copy(bytes, held_.space(bytes.size()).begin());
    held_.filled(bytes.size());
}

// What was held and what comes stand one behind the other in `space`.
StreamResult TlsWire::read(std::span<char> space) {
    if (passable_ == 0) {
        passable_ = passable(held_.view());
    }
    while (passable_ == 0 && fault_.empty() && held_.size() < space.size()) {
        const StreamResult result = plain_.read(space.subspan(held_.size()));
        ended_ = result.status == StreamStatus::closed;
        if (ended_ && !held_.empty()) {
            break;
        }
        if (result.status != StreamStatus::ready) {
            held_.release_spare();
            return result;
        }
        std::ranges::copy(held_.view(), space.begin());
        const std::string_view all(space.data(), held_.size() + result.bytes);
        const std::size_t passed = passable(all);
        keep(all.substr(passed));
        if (passed > 0) {
            return {StreamStatus::ready, passed};
        }
    }
    if (!fault_.empty()) {
        return {StreamStatus::failed};
    }
    if (passable_ == 0) {
        passable_ = held_.size();  // cut, or more than OpenSSL asks for: it says what that means
    }
    return hand_out(space);
}

StreamResult TlsWire::write(std::string_view bytes) {
    return plain_.write(bytes);
}

}  // namespace gateway
