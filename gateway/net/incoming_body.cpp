#include "gateway/net/incoming_body.h"

#include <algorithm>
#include <utility>

namespace gateway {

namespace {

constexpr std::uint64_t reserved_at_once_max = 4UL * 1024 * 1024;
constexpr std::uint64_t memory_step = 64UL * 1024;

// What a body in a file is received into: one TLS record.
constexpr std::uint64_t file_step = 16UL * 1024;

struct Held {
    std::string text;
    RoomCharge charge;
};

std::shared_ptr<const std::string> hold(std::string text, RoomCharge charge) {
    auto held = std::make_shared<Held>(Held{std::move(text), std::move(charge)});
    const std::string* shown = &held->text;
    return {std::move(held), shown};
}

}  // namespace

IncomingBody::IncomingBody(std::shared_ptr<BodyRoom> room)
    : room_(std::move(room)),
      memory_(room_, BodyRoom::Kind::memory),
      disk_(room_, BodyRoom::Kind::disk) {
}

IncomingBody::IncomingBody(IncomingBody&& other) noexcept
    : room_(std::move(other.room_)),
      bytes_(std::move(other.bytes_)),
      used_(std::exchange(other.used_, 0)),
      memory_(std::move(other.memory_)),
      file_(std::move(other.file_)),
      disk_(std::move(other.disk_)),
      expected_(other.expected_) {
}

IncomingBody& IncomingBody::operator=(IncomingBody&& other) noexcept {
    if (this != &other) {
        clear();
        room_ = std::move(other.room_);
        bytes_ = std::move(other.bytes_);
        used_ = std::exchange(other.used_, 0);
        memory_ = std::move(other.memory_);
        file_ = std::move(other.file_);
        disk_ = std::move(other.disk_);
        expected_ = other.expected_;
    }
    return *this;
}

IncomingBody::~IncomingBody() {
    clear();
}

void IncomingBody::clear() {
    file_.reset();
    bytes_ = {};
    used_ = 0;
    expected_ = 0;
    memory_.clear();
    disk_.clear();
}

bool IncomingBody::goes_to_file(std::uint64_t size) const {
    return room_ && std::max(size, expected_) > room_->spill_above();
}

void IncomingBody::expect(std::uint64_t length) {
    expected_ = length;
    if (!goes_to_file(length)) {
        bytes_.reserve(std::min(length, reserved_at_once_max));
    }
}

std::span<char> IncomingBody::space(std::uint64_t wanted) {
    if (goes_to_file(size() + 1)) {
        if (!spill()) {
            return {};
        }
        bytes_.resize(std::min(wanted, file_step));
        return bytes_;
    }
    if (bytes_.size() == used_) {
        const std::uint64_t enough = used_ + std::min(wanted, memory_step);
        if (!memory_.grow_to(enough)) {
            return {};
        }
        bytes_.resize(enough);
    }
    return std::span(bytes_).subspan(used_);
}

bool IncomingBody::filled(std::size_t size) {
    if (is_in_file()) {
        return write(*file_, std::string_view{bytes_}.substr(0, size));
    }
    used_ += size;
    return true;
}

bool IncomingBody::append(std::string_view bytes) {
    if (goes_to_file(size() + bytes.size())) {
        return spill() && write(*file_, bytes);
    }
    if (!memory_.grow_to(used_ + bytes.size())) {
        return false;
    }
    bytes_.resize(used_);
    bytes_.append(bytes);
    used_ += bytes.size();
    return true;
}

// What has come so far moves to a file; from then on all goes there.
bool IncomingBody::spill() {
    if (is_in_file()) {
        return true;
    }
    const int descriptor = room_->open_file();
    if (descriptor < 0) {
        room_->note_trouble("made");
        return false;
    }
    auto file = std::make_unique<SpillFile>(descriptor);
    if (!write(*file, std::string_view{bytes_}.substr(0, used_))) {
        return false;
    }
    file_ = std::move(file);
    bytes_ = {};
    used_ = 0;
    memory_.clear();
    return true;
}

bool IncomingBody::write(SpillFile& file, std::string_view bytes) {
    if (!disk_.grow_to(file.size() + bytes.size())) {
        return false;
    }
    if (!file.append(bytes)) {
        room_->note_trouble("written");
        disk_.shrink_to(file.size());
        return false;
    }
    return true;
}

std::shared_ptr<const std::string> IncomingBody::finish() {
    if (is_in_file()) {
        return read_back();
    }
    bytes_.resize(used_);
    memory_.shrink_to(used_);
    auto whole = hold(std::move(bytes_), std::move(memory_));
    memory_ = RoomCharge(room_, BodyRoom::Kind::memory);
    clear();
    return whole;
}

std::shared_ptr<const std::string> IncomingBody::read_back() {
    RoomCharge charge(room_, BodyRoom::Kind::memory);
    if (!charge.grow_to(spilled())) {
        return nullptr;
    }
    std::string text;
    if (!file_->read_all(text)) {
        room_->note_trouble("read back");
        return nullptr;
    }
    clear();
    return hold(std::move(text), std::move(charge));
}

}  // namespace gateway
