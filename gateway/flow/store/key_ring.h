// The master keys of the store. Payloads are sealed with data keys; a data key is kept wrapped
// under the current master key, in a form that names the master key by its id. Older master keys
// still unwrap what was wrapped under them. Immutable and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/cipher_key.h"

namespace gateway {

class KeyRing final {
public:
    // At least one; the first is current.
    explicit KeyRing(const std::vector<CipherKey>& masters);

    // Ids are made from the keys: another key has another id, so no list of names can be wrong.
    const std::string& current() const { return masters_.front().id; }

    bool has(std::string_view id) const;

    std::vector<std::string> ids() const;

    std::string wrap(const CipherKey& data_key) const;

    // Throws Failure `fault`, naming the key that is missing, or if what is wrapped is damaged.
    CipherKey unwrap(std::string_view wrapped) const;

    // The same data key under the current master key; nothing if it cannot be unwrapped.
    std::optional<std::string> rewrap(std::string_view wrapped) const;

    // What shows that `text` was written by one who has the current master key: its id and a keyed
    // hash.
    std::string seal_of(std::string_view text) const;

    enum class SealCheck { good, broken, unknown_key };

    SealCheck check_seal(std::string_view text, std::string_view seal) const;

    // What stands in the place of a wrapped data key that was destroyed on purpose.
    static std::string destroyed_key();
    static bool is_destroyed(std::string_view wrapped);

    // The id of the master key that unwraps it; empty if it is too short to name one.
    static std::string master_of(std::string_view wrapped);

private:
    struct Master {
        std::string id;
        CipherKey key;
    };

    const Master* find(std::string_view id) const;
    static std::string seal_under(const Master& master, std::string_view text);
    static std::optional<CipherKey> open(const Master& master, std::string_view wrapped);

    std::vector<Master> masters_;
};

// 64 hexadecimal digits, as `openssl rand -hex 32` prints them; nothing if it is anything else.
std::optional<CipherKey> parse_master_key(std::string_view text);

}  // namespace gateway
