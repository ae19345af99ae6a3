// Ed25519 signatures (RFC 8032) and their keys in PEM: PKCS #8 for the private one, as `openssl
// genpkey -algorithm ed25519` writes it, SubjectPublicKeyInfo for the public one. Immutable and
// thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace gateway {

class VerifyingKey final {
public:
    // Nothing if it is not the PEM of an Ed25519 public key.
    static std::optional<VerifyingKey> from_pem(std::string_view pem);

    bool verifies(std::string_view bytes, std::string_view signature) const;

    // The first 16 hexadecimal digits of the SHA-256 of the raw key: a name, not a proof.
    const std::string& id() const { return id_; }

private:
    friend class SigningKey;

    explicit VerifyingKey(std::shared_ptr<evp_pkey_st> key);

    std::shared_ptr<evp_pkey_st> key_;
    std::string id_;
};

class SigningKey final {
public:
    // Nothing if it is not the PEM of an Ed25519 private key without a passphrase.
    static std::optional<SigningKey> from_pem(std::string_view pem);

    static SigningKey generate();

    // 64 bytes.
    std::string sign(std::string_view bytes) const;

    const VerifyingKey& public_key() const { return public_key_; }

    // A secret: for a file of mode 0600.
    std::string pem() const;

private:
    explicit SigningKey(std::shared_ptr<evp_pkey_st> key);

    std::shared_ptr<evp_pkey_st> key_;
    VerifyingKey public_key_;
};

}  // namespace gateway
