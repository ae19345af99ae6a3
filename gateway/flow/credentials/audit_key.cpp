#include "gateway/flow/credentials/audit_key.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/base/settings/secret.h"

namespace gateway {

namespace {

void add(Issues& issues, std::string text) {
    issues.add({.code = "security", .path = "audit.checkpoint_key", .text = std::move(text)});
}

}  // namespace

std::shared_ptr<const SigningKey> load_audit_key(const AuditSettings& audit, Issues& issues) {
    if (audit.checkpoint_key.empty()) {
        return nullptr;
    }
    try {
        if (auto key = SigningKey::from_pem(read_secret(audit.checkpoint_key))) {
            return std::make_shared<const SigningKey>(std::move(*key));
        }
        add(issues, fmt::format("the key in {} is not the PEM of an Ed25519 private key without a "
                                "passphrase: make one with openssl genpkey -algorithm ed25519",
                                audit.checkpoint_key.name));
    } catch (const Failure& failure) {  // a fault of the configuration, told with the others
        add(issues, failure.internal());
    }
    return nullptr;
}

}  // namespace gateway
