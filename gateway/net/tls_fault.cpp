#include "gateway/net/tls_fault.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "gateway/net/openssl_error.h"

namespace gateway {

constexpr const char* cut_remedy =
    "the peer, or something between (proxy, firewall), cut the connection: see its log";

namespace {

struct Remedy {
    long of;
    const char* text;
};

constexpr const char* other_authority =
    "the peer must use a certificate of an authority in our CA file and send its intermediates, or "
    "its root is added to that file";
constexpr const char* other_name =
    "the peer's certificate is not for it: call it by a name that stands in its certificate, or "
    "have one made for this name";
constexpr const char* weak_key =
    "the peer needs a certificate with ECDSA, or RSA of 2048 bits and more, and SHA-256";

// Checks of the peer's certificate that failed here.
constexpr std::array certificate_remedies{
    Remedy{X509_V_ERR_CERT_HAS_EXPIRED,
           "the peer must renew its certificate; if it has, set this machine's clock"},
    Remedy{X509_V_ERR_CERT_NOT_YET_VALID,
           "the peer must use a certificate that has begun; if it does, set this machine's clock"},
    Remedy{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, other_authority},
    Remedy{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, other_authority},
    Remedy{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, other_authority},
    Remedy{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, other_authority},
    Remedy{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, other_authority},
    Remedy{X509_V_ERR_HOSTNAME_MISMATCH, other_name},
    Remedy{X509_V_ERR_IP_ADDRESS_MISMATCH, other_name},
    Remedy{X509_V_ERR_INVALID_PURPOSE,
           "the peer's certificate is for another use: a client's needs the extended key usage "
           "clientAuth, a server's serverAuth"},
    Remedy{X509_V_ERR_EE_KEY_TOO_SMALL, weak_key},
    Remedy{X509_V_ERR_CA_KEY_TOO_SMALL, weak_key},
    Remedy{X509_V_ERR_CA_MD_TOO_WEAK, weak_key},
};

constexpr const char* too_old = "the peer must speak TLS 1.2 or 1.3";
constexpr const char* no_common_cipher =
    "the peer must offer ECDHE with AES-GCM or ChaCha20, and a common curve";
constexpr const char* ours_refused =
    "the peer refuses our certificate: its log says why, and who is to know us there";

// What was said in the handshake; numbers above 1000 are alerts, words of the peer.
constexpr std::array reason_remedies{
    Remedy{SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
           "the peer must be set up with its client certificate and key"},
    Remedy{SSL_R_UNSUPPORTED_PROTOCOL, too_old},
    Remedy{SSL_R_VERSION_TOO_LOW, too_old},
    Remedy{SSL_R_WRONG_SSL_VERSION, too_old},
    Remedy{SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, too_old},
    Remedy{SSL_R_NO_SHARED_CIPHER, no_common_cipher},
    Remedy{SSL_R_NO_SHARED_GROUPS, no_common_cipher},
    Remedy{SSL_R_NO_SUITABLE_KEY_SHARE, no_common_cipher},
    Remedy{SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, no_common_cipher},
    Remedy{SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
           "the peer has no certificate, misses ours, or has no cipher in common with us (ECDHE "
           "with AES-GCM or ChaCha20): its log says which"},
    Remedy{SSL_R_WRONG_VERSION_NUMBER, "the peer does not speak TLS on this port"},
    Remedy{SSL_R_HTTP_REQUEST, "the peer sent plain HTTP: it must call https://"},
    Remedy{SSL_R_TLSV1_ALERT_UNKNOWN_CA,
           "the peer does not know the authority of our certificate: it must be given that root, "
           "or we a certificate of one that it knows"},
    Remedy{SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
           "the peer finds our certificate expired: renew it"},
    Remedy{SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
           "the peer wants a client certificate: set `certificate` and `key`"},
    Remedy{SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, ours_refused},
    Remedy{SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, ours_refused},
    Remedy{SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, ours_refused},
    Remedy{SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, ours_refused},
    Remedy{SSL_R_TLSV1_ALERT_ACCESS_DENIED, ours_refused},
    Remedy{SSL_R_UNEXPECTED_EOF_WHILE_READING, cut_remedy},
};

template <typename Table>
const char* remedy_in(const Table& table, long of) {
    const auto* const found = std::ranges::find(table, of, &Remedy::of);
    return found == table.end() ? nullptr : found->text;
}

}  // namespace

TlsFault take_tls_fault(const SSL& connection) {
    const unsigned long code = ERR_peek_last_error();
    // Of the system (a reset, say), or of OpenSSL.
    const bool of_system = ERR_SYSTEM_ERROR(code);
    const long reason = of_system ? SSL_R_UNEXPECTED_EOF_WHILE_READING : ERR_GET_REASON(code);
    TlsFault fault{take_openssl_error(), reason > SSL_AD_REASON_OFFSET,
                   reason == SSL_R_UNEXPECTED_EOF_WHILE_READING};
    const char* remedy = remedy_in(reason_remedies, reason);
    // "certificate verify failed" says little: which check it was is what the operator needs.
    const long check = SSL_get_verify_result(&connection);
    if (check != X509_V_OK && !fault.refused_by_peer) {
        fault.text += std::string(" (") + X509_verify_cert_error_string(check) + ")";
        remedy = remedy_in(certificate_remedies, check);
    }
    if (remedy != nullptr) {
        fault.text.append("; ").append(remedy);
    }
    return fault;
}

}  // namespace gateway
