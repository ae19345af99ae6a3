#include "gateway/flow/store/key_ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "gateway/base/digest.h"
#include "gateway/base/failure.h"

namespace gateway {

namespace {

// In hexadecimal: 64 bits of a keyed hash tell nothing about the key and name it well enough.
constexpr std::size_t id_digits = 16;

// A wrapped key: the master key's id, then the sealed data key, which is bound to that id.
constexpr std::string_view purpose = "painbridge data key ";

std::string id_of(const CipherKey& key) {
    return to_hex(hmac_sha256(key.bytes(), "painbridge master key id")).substr(0, id_digits);
}

std::string bound_to(std::string_view id) {
    return std::string(purpose).append(id);
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

KeyRing::KeyRing(const std::vector<CipherKey>& masters) {
    for (const CipherKey& key : masters) {
        masters_.push_back({id_of(key), key});
    }
    if (masters_.empty()) {
        throw std::logic_error("a key ring without a key");
    }
}

const KeyRing::Master* KeyRing::find(std::string_view id) const {
    const auto at = std::ranges::find(masters_, id, &Master::id);
    return at == masters_.end() ? nullptr : &*at;
}

bool KeyRing::has(std::string_view id) const {
    return find(id) != nullptr;
}

std::vector<std::string> KeyRing::ids() const {
    std::vector<std::string> ids(masters_.size());
    std::ranges::transform(masters_, ids.begin(), &Master::id);
    return ids;
}

std::string KeyRing::wrap(const CipherKey& data_key) const {
    const Master& master = masters_.front();
    return master.id + master.key.seal(data_key.bytes(), bound_to(master.id));
}

CipherKey KeyRing::unwrap(std::string_view wrapped) const {
    if (is_destroyed(wrapped)) {
        throw Failure(
            Category::not_found, "the record is no longer kept",
            "its data key was destroyed when its time was over (store.retention); what it "
            "held cannot be read any more, by nobody");
    }
    const std::string id = master_of(wrapped);
    const Master* master = find(id);
    if (master == nullptr && !id.empty()) {
        throw Failure(Category::fault, "a stored record cannot be read",
                      fmt::format("its data key is wrapped under the master key {}, which is not "
                                  "among store.keys: put that key's file back into the list",
                                  id));
    }
    const auto key = master == nullptr ? std::nullopt : open(*master, wrapped);
    if (!key) {
        throw Failure(Category::fault, "a stored record is damaged",
                      "its data key does not open: restore the store from a backup");
    }
    return *key;
}

std::optional<std::string> KeyRing::rewrap(std::string_view wrapped) const {
    const Master* master = find(master_of(wrapped));
    const auto key = master == nullptr ? std::nullopt : open(*master, wrapped);
    return key ? std::optional(wrap(*key)) : std::nullopt;
}

std::string KeyRing::seal_of(std::string_view text) const {
    return seal_under(masters_.front(), text);
}

KeyRing::SealCheck KeyRing::check_seal(std::string_view text, std::string_view seal) const {
    const Master* master = find(seal.substr(0, id_digits));
    if (master == nullptr) {
        return SealCheck::unknown_key;
    }
    return seal_under(*master, text) == seal ? SealCheck::good : SealCheck::broken;
}

// Under a key of its own, so that the master key does one thing only.
std::string KeyRing::seal_under(const Master& master, std::string_view text) {
    const std::string sealing = to_hex(hmac_sha256(master.key.bytes(), "painbridge seal key"));
    return master.id + to_hex(hmac_sha256(sealing, text));
}

std::optional<CipherKey> KeyRing::open(const Master& master, std::string_view wrapped) {
    const auto opened = master.key.open(wrapped.substr(id_digits), bound_to(master.id));
    return opened ? CipherKey::of(*opened) : std::nullopt;
}

std::string KeyRing::destroyed_key() {
    return std::string(id_digits + CipherKey::size + CipherKey::overhead, '\0');
}

bool KeyRing::is_destroyed(std::string_view wrapped) {
    return wrapped == destroyed_key();
}

std::string KeyRing::master_of(std::string_view wrapped) {
    const std::string_view id = wrapped.substr(0, id_digits);
    return id.size() == id_digits && std::ranges::all_of(id, is_hex_digit) ? std::string(id)
                                                                           : std::string();
}

std::optional<CipherKey> parse_master_key(std::string_view text) {
    if (text.size() != 2 * CipherKey::size || !std::ranges::all_of(text, is_hex_digit)) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(CipherKey::size);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        unsigned int value = 0;
        std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
        bytes += static_cast<char>(value);
    }
    return CipherKey::of(bytes);
}

}  // namespace gateway
