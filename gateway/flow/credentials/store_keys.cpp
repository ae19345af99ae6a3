#include "gateway/flow/credentials/store_keys.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/base/settings/secret.h"

namespace gateway {

namespace {

void add(Issues& issues, std::string text) {
    issues.add({.code = "security", .path = "store.keys", .text = std::move(text)});
}

std::optional<CipherKey> load(const SecretReference& reference, Issues& issues) {
    std::string text;
    try {
        text = read_secret(reference);
    } catch (const Failure& failure) {  // a fault of the configuration, told with the others
        add(issues, failure.internal());
        return std::nullopt;
    }
    auto key = parse_master_key(text);
    if (!key) {
        add(issues, fmt::format("the key in {} is not 64 hexadecimal digits: make one with openssl "
                                "rand -hex 32",
                                reference.name));
    }
    return key;
}

}  // namespace

std::shared_ptr<const KeyRing> load_store_keys(const StoreSettings& store, Issues& issues) {
    std::vector<CipherKey> keys;
    for (const SecretReference& reference : store.keys) {
        if (const auto key = load(reference, issues)) {
            keys.push_back(*key);
        }
    }
    return keys.empty() ? nullptr : std::make_shared<const KeyRing>(keys);
}

}  // namespace gateway
